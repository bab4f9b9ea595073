// The only place that knows i18next. English is in the bundle, German comes when it is wanted.

import i18next from 'i18next';

import en from './locales/en.json';

export const LOCALES = ['en', 'de'] as const;
export type Locale = (typeof LOCALES)[number];

/** The name of each language in that language: never translated. */
export const LOCALE_NAMES: Readonly<Record<Locale, string>> = { en: 'English', de: 'Deutsch' };

type WithoutPlural<K extends string> = K extends `${infer B}_one` | `${infer B}_other` ? B : K;
export type Key = WithoutPlural<keyof typeof en>;
export type Values = Readonly<Record<string, string | number>>;

const STORED_AS = 'in-camera.language';

const instance = i18next.createInstance();
void instance.init({
  lng: 'en',
  fallbackLng: 'en',
  resources: { en: { translation: en } },
  keySeparator: false,
  nsSeparator: false,
  initAsync: false,
  // Text reaches the page as text nodes and attributes only: escaping it would show "&amp;".
  interpolation: { escapeValue: false },
});

const listeners = new Set<() => void>();

export function t(key: Key, values?: Values): string {
  return values === undefined ? instance.t(key) : instance.t(key, { ...values });
}

/** First-strong isolate: a name in another script does not turn the sentence around it. */
export const isolated = (name: string): string => `\u2068${name}\u2069`;

export function locale(): Locale {
  return LOCALES.find((known) => known === instance.language) ?? 'en';
}

/** The first wanted language that exists: "de-AT" is answered by "de". */
export function pickLocale(wanted: readonly string[]): Locale {
  for (const tag of wanted) {
    const base = tag.toLowerCase().split('-')[0];
    const found = LOCALES.find((known) => known === base);
    if (found !== undefined) return found;
  }
  return 'en';
}

async function load(next: Locale): Promise<void> {
  if (next === 'en' || instance.hasResourceBundle(next, 'translation')) return;
  const module = await import('./locales/de.json');
  instance.addResourceBundle(next, 'translation', module.default);
}

async function use(next: Locale): Promise<void> {
  try {
    await load(next);
    await instance.changeLanguage(next);
  } catch {
    // The file did not arrive: the language in use stays, complete.
  }
  document.documentElement.lang = locale();
  for (const listener of listeners) listener();
}

/** Must have ended before the first drawing. Never rejects. */
export function startLanguage(): Promise<void> {
  return use(pickLocale([stored() ?? '', ...navigator.languages]));
}

export function chooseLanguage(next: Locale): void {
  try {
    localStorage.setItem(STORED_AS, next);
  } catch {
    // Storage is closed: the choice lasts as long as the page.
  }
  void use(next);
}

export function onLanguage(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function stored(): string | null {
  try {
    return localStorage.getItem(STORED_AS);
  } catch {
    return null;
  }
}
