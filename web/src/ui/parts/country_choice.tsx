// Where a meeting may run: what is chosen is always in sight; the ways to choose are folded away, because
// most people want the country of their server.

import type { JSX } from 'preact';
import { useId, useState } from 'preact/hooks';

import type { Places } from '../../call/model';
import {
  COUNTRIES,
  REGIONS,
  REGIONS_AS_OF,
  hasAll,
  isAnywhere,
  toggleCountries,
} from '../../call/regions';
import { REGION_NAMES, countryList } from '../countries';
import { Icon } from '../icons';
import { locale, t } from '../i18n';
import { CountrySearch } from './country_search';
import { Allowed } from './place';

export interface CountryChoiceProps {
  readonly places: Places;
  /** Codes of ISO 3166-1. */
  readonly chosen: readonly string[];
  readonly onChoose: (countries: readonly string[]) => void;
}

/** One of the operator's machines may carry the meeting. */
export const hasNode = ({ nodes }: Places, chosen: readonly string[]): boolean =>
  nodes.some((country) => chosen.includes(country));

export function CountryChoice({ places, chosen, onChoose }: CountryChoiceProps): JSX.Element {
  const [isOpen, setOpen] = useState(false);
  const id = useId();
  const isHome = chosen.length === 1 && chosen[0] === places.home;
  return (
    <fieldset class="where" data-countries={chosen.join(' ')}>
      <legend>{t('new.where')}</legend>
      <div class="where-now">
        <div class="where-words" role="status">
          <Allowed countries={chosen} />
          {isHome ? <p class="hint">{t('new.where_home')}</p> : null}
          {hasNode(places, chosen) ? null : (
            <p class="hint hint-error" data-where="none">
              {chosen.length === 0
                ? t('place.none_chosen')
                : t('place.none', { list: countryList(places.nodes) })}
            </p>
          )}
        </div>
        <button
          type="button"
          class="button button-small"
          aria-expanded={isOpen}
          aria-controls={id}
          data-control="change-countries"
          onClick={() => setOpen(!isOpen)}
        >
          <Icon name="pin" />
          {t(isOpen ? 'new.where_done' : 'new.where_change')}
        </button>
      </div>
      <div id={id} class="where-ways" hidden={!isOpen}>
        {isOpen ? <Ways places={places} chosen={chosen} onChoose={onChoose} /> : null}
      </div>
      <p class="hint">{t('new.where_text')}</p>
    </fieldset>
  );
}

function Ways({ places, chosen, onChoose }: CountryChoiceProps): JSX.Element {
  const asOf = new Intl.DateTimeFormat(locale(), { dateStyle: 'medium', timeZone: 'UTC' });
  const isAll = isAnywhere(chosen);
  return (
    <>
      <div class="where-groups" role="group" aria-label={t('place.groups')}>
        <Chip
          words={t('place.only', { country: countryList([places.home]) })}
          control="only-home"
          isOn={chosen.length === 1 && chosen[0] === places.home}
          onPress={() => onChoose([places.home])}
        />
        {REGIONS.map(({ id, countries }) => (
          <Chip
            key={id}
            words={t('place.group', { name: t(REGION_NAMES[id]), count: countries.length })}
            control={`group-${id}`}
            isOn={!isAll && hasAll(chosen, countries)}
            onPress={() => onChoose(isAll ? countries : toggleCountries(chosen, countries))}
          />
        ))}
        <Chip
          words={t('place.any')}
          control="any-country"
          isOn={isAll}
          isDanger
          onPress={() => onChoose(isAll ? [places.home] : COUNTRIES)}
        />
      </div>
      <p class="hint">{t('place.groups_text', { date: asOf.format(new Date(REGIONS_AS_OF)) })}</p>
      <CountrySearch places={places} chosen={chosen} onChoose={onChoose} />
    </>
  );
}

interface ChipProps {
  readonly words: string;
  readonly control: string;
  readonly isOn: boolean;
  readonly isDanger?: boolean;
  readonly onPress: () => void;
}

function Chip({ words, control, isOn, isDanger = false, onPress }: ChipProps): JSX.Element {
  return (
    <button
      type="button"
      class={isDanger ? 'where-chip where-chip-any' : 'where-chip'}
      aria-pressed={isOn}
      data-control={control}
      onClick={onPress}
    >
      {isOn ? <Icon name="check" /> : null}
      {words}
    </button>
  );
}
