import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { EMOJI } from '../../src/ui/emoji';

describe('the emoji of a code', () => {
  it('are 256, each one sign, each with a name of its own', () => {
    const segments = new Intl.Segmenter('en', { granularity: 'grapheme' });
    expect(EMOJI).toHaveLength(256);
    for (const { emoji, en, de } of EMOJI) {
      expect([...segments.segment(emoji)], emoji).toHaveLength(1);
      expect(emoji).toMatch(/^(?:\p{Emoji_Presentation}|\p{Emoji}\ufe0f)$/u);
      expect(en).toMatch(/^[A-Za-z][A-Za-z -]+$/);
      expect(de).toMatch(/^[A-ZÄÖÜ][A-Za-zäöüß ]+$/);
    }
    for (const key of ['emoji', 'en', 'de'] as const) {
      expect(new Set(EMOJI.map((each) => each[key])).size).toBe(256);
    }
  });

  it('stand in the order that every client knows', () => {
    const signs = EMOJI.map(({ emoji }) => emoji).join(' ');
    expect(createHash('sha256').update(signs).digest('hex')).toBe(
      'f09641c2eb2ffd5c3eb8ce535fcba85d97646a92b1befb1e7a6732ccfcba58a0',
    );
  });
});
