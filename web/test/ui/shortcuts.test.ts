import { describe, expect, it } from 'vitest';

import { actionOf, type KeyPress } from '../../src/ui/shortcuts';

const PLAIN: KeyPress = {
  key: '',
  code: '',
  hasModifier: false,
  isRepeat: false,
  isTyping: false,
  hasDialog: false,
  lettersOn: true,
};
const press = (key: string, part: Partial<KeyPress> = {}): ReturnType<typeof actionOf> =>
  actionOf({ ...PLAIN, key, ...part });

describe('a key', () => {
  it.each([
    ['m', 'microphone'],
    ['M', 'microphone'],
    ['v', 'camera'],
    ['h', 'hand'],
    ['c', 'chat'],
    ['p', 'people'],
    ['?', 'help'],
    ['F2', 'toolbar'],
    ['Escape', 'close'],
    ['x', null],
    ['Enter', null],
    [' ', null],
  ])('%s does %s', (key, action) => {
    expect(press(key)).toBe(action);
  });

  it('is found by its place on a keyboard without Latin letters', () => {
    expect(press('ь', { code: 'KeyM' })).toBe('microphone');
    expect(press('м', { code: 'KeyV' })).toBe('camera');
  });

  it('counts by its letter, not by its place, on a keyboard with Latin letters', () => {
    expect(press(',', { code: 'KeyM' })).toBeNull();
    expect(press('m', { code: 'Semicolon' })).toBe('microphone');
  });
});

describe('letters are silent', () => {
  it.each(['m', 'v', 'p', '?'])('%s while somebody types', (key) => {
    expect(press(key, { isTyping: true })).toBeNull();
  });

  it.each(['m', 'v', 'p', '?'])('%s when they are turned off', (key) => {
    expect(press(key, { lettersOn: false })).toBeNull();
  });

  it('with a modifier, which belongs to the browser', () => {
    expect(press('p', { hasModifier: true })).toBeNull();
  });

  it('when held down', () => {
    expect(press('m', { isRepeat: true })).toBeNull();
  });
});

describe('other keys', () => {
  it('go on when letters are off or somebody types', () => {
    expect(press('F2', { lettersOn: false, isTyping: true })).toBe('toolbar');
    expect(press('Escape', { lettersOn: false, isTyping: true })).toBe('close');
  });
});

describe('over a dialog', () => {
  it('microphone and camera can still be switched', () => {
    expect(press('m', { hasDialog: true })).toBe('microphone');
    expect(press('v', { hasDialog: true })).toBe('camera');
  });

  it('nothing behind it opens, and Escape is the dialog’s own', () => {
    for (const key of ['h', 'c', 'p', '?', 'F2', 'Escape'])
      expect(press(key, { hasDialog: true })).toBeNull();
  });
});
