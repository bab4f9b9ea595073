import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import { beforeAll, describe, expect, it } from 'vitest';

import { LOCALES, LOCALE_NAMES, pickLocale, t } from '../../src/ui/i18n';

const UI = join(import.meta.dirname, '../../src/ui');
const PLURAL = /_(zero|one|two|few|many|other)$/u;

type Texts = Readonly<Record<string, string>>;
const texts = (locale: string): Texts =>
  JSON.parse(readFileSync(join(UI, 'locales', `${locale}.json`), 'utf8')) as Texts;

const english = texts('en');
const bases = new Set(Object.keys(english).map((key) => key.replace(PLURAL, '')));
const pluralBases = [...bases].filter((key) => `${key}_other` in english);
const holesOf = (text: string): string[] => (text.match(/\{\{\w+\}\}/gu) ?? []).sort();

describe.each(LOCALES)('%s', (locale) => {
  const own = texts(locale);

  it('has the same texts as English', () => {
    const ownBases = new Set(Object.keys(own).map((key) => key.replace(PLURAL, '')));
    expect([...ownBases].sort()).toEqual([...bases].sort());
  });

  it('has no empty text and no blank at an end', () => {
    for (const [key, text] of Object.entries(own)) {
      expect(text, key).not.toBe('');
      expect(text, key).toBe(text.trim());
    }
  });

  it('has every plural that the language knows', () => {
    const { pluralCategories } = new Intl.PluralRules(locale).resolvedOptions();
    for (const base of pluralBases) {
      for (const category of pluralCategories)
        expect(own, base).toHaveProperty([`${base}_${category}`]);
    }
  });

  it('fills the same holes as English', () => {
    for (const [key, text] of Object.entries(own)) {
      if (PLURAL.test(key)) continue; // "one" may do without the number
      expect(holesOf(text), key).toEqual(holesOf(english[key] ?? ''));
    }
  });

  it('has a name of its own', () => {
    expect(LOCALE_NAMES[locale]).not.toBe('');
  });
});

describe('the texts', () => {
  let source = '';
  beforeAll(() => {
    source = readdirSync(UI, { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.tsx?$/u.test(name))
      .map((name) => readFileSync(join(UI, name), 'utf8'))
      .join('\n');
  });

  it('are all in use', () => {
    const quoted = ["'", '"'];
    expect(
      [...bases].filter((key) => !quoted.some((mark) => source.includes(mark + key + mark))),
    ).toEqual([]);
  });

  it('are the only ones that the page shows', () => {
    // A word between two tags of a component would be shown untranslated.
    const loose = source.match(/>\s*[A-Za-z][A-Za-z ]+\s*<\/[a-z]/gu) ?? [];
    expect(loose).toEqual([]);
  });

  it('are filled in, plurals by number', () => {
    expect(t('people.title', { count: 1 })).toBe('1 person');
    expect(t('people.title', { count: 4 })).toBe('4 people');
    expect(t('notice.joined', { name: '<b> & "Ana"' })).toBe('<b> & "Ana" joined.');
  });
});

describe('the language of the page', () => {
  it.each([
    [['de-AT', 'en'], 'de'],
    [['fr', 'de'], 'de'],
    [['fr'], 'en'],
    [['EN-us', 'de'], 'en'],
    [['', 'de'], 'de'],
    [[], 'en'],
  ])('%j is answered by %s', (wanted, locale) => {
    expect(pickLocale(wanted)).toBe(locale);
  });
});
