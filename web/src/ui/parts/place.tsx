// Where the meeting may be carried.

import type { JSX } from 'preact';

import { isAnywhere } from '../../call/regions';
import { countryList } from '../countries';
import { Icon } from '../icons';
import { t } from '../i18n';

/** The countries of a meeting, in words; all of them are no limit, and red. */
export function Allowed({ countries }: { readonly countries: readonly string[] }): JSX.Element {
  const isAll = isAnywhere(countries);
  return (
    <p
      class={isAll ? 'allowed allowed-any' : 'allowed'}
      data-allowed={isAll ? 'any' : countries.join(' ')}
    >
      <Icon name={isAll ? 'globe' : 'pin'} />
      <span>{countriesWords(countries)}</span>
    </p>
  );
}

function countriesWords(countries: readonly string[]): string {
  if (isAnywhere(countries)) return t('place.all', { count: countries.length });
  if (countries.length === 0) return t('place.nowhere');
  return t('place.countries', { count: countries.length, list: countryList(countries) });
}
