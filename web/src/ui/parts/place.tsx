// Where the meeting may be carried. Until machines prove their place, that is said in red.

import type { JSX } from 'preact';

import { Icon } from '../icons';
import { locale, t } from '../i18n';

export function Unchecked(): JSX.Element {
  return (
    <p class="unchecked" data-place="unchecked">
      <Icon name="pin" />
      <span>
        <strong>{t('place.unchecked')}.</strong> {t('place.unchecked_text')}
      </span>
    </p>
  );
}

/** From here on a list is "all": there are 249 in ISO 3166-1. */
const ALL = 249;

export function countriesWords(countries: readonly string[]): string {
  if (countries.length >= ALL) return t('place.all');
  const names = new Intl.DisplayNames(locale(), { type: 'region', fallback: 'code' });
  const list = new Intl.ListFormat(locale()).format(
    countries.map((code) => names.of(code) ?? code),
  );
  return t('place.countries', { count: countries.length, list });
}
