import { describe, expect, it } from 'vitest';
import { originOfNode } from '../../src/wire/node_origin';

describe('where a node is', () => {
  it.each([
    ['https://meet.example.org', 'https://de1.example.org'],
    ['https://meet.example.org:8443', 'https://de1.example.org:8443'],
    ['http://localhost:8080', 'http://de1.example.org:8080'],
    ['https://[2001:db8::1]:8443', 'https://de1.example.org:8443'],
  ])('for a page of %s: %s', (page, origin) => {
    expect(originOfNode('de1.example.org', page)).toBe(origin);
  });

  it.each([
    '',
    'null',
    'meet.example.org',
    'https://meet.example.org/',
    'https://a:b@meet.example.org',
    'blob:https://x',
  ])('nowhere for %s', (page) => {
    expect(() => originOfNode('de1.example.org', page)).toThrow('not an origin');
  });
});
