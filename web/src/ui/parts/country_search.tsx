// Single countries: a field that finds them, and a list of which any number may be chosen. The focus stays
// in the field (WAI-ARIA: combobox with a listbox), so that the keyboard needs no way through 249 boxes.

import type { JSX } from 'preact';
import { useEffect, useId, useMemo, useRef, useState } from 'preact/hooks';

import type { Places } from '../../call/model';
import { toggleCountries } from '../../call/regions';
import { namedCountries, searchCountries, type Country } from '../countries';
import { Icon } from '../icons';
import { locale, t } from '../i18n';
import type { CountryChoiceProps } from './country_choice';

export function CountrySearch({ places, chosen, onChoose }: CountryChoiceProps): JSX.Element {
  const language = locale();
  const countries = useMemo(() => namedCountries(), [language]);
  const [typed, setTyped] = useState('');
  const [wanted, setActive] = useState(0);
  const list = useRef<HTMLUListElement>(null);
  const id = useId();
  const found = searchCountries(countries, typed);
  const active = Math.min(wanted, found.length - 1);
  const idOf = (country: Country | undefined): string | undefined =>
    country && `${id}-${country.code}`;

  useEffect(() => {
    list.current?.querySelector('[data-active]')?.scrollIntoView({ block: 'nearest' });
  }, [active, typed]);

  const choose = (country: Country | undefined): void => {
    if (country) onChoose(toggleCountries(chosen, [country.code]));
  };
  const onKey = (event: KeyboardEvent): void => {
    if (event.isComposing) return;
    const to = goal(event.key, active, found.length);
    if (to !== null) setActive(to);
    else if (event.key === 'Enter') choose(found[active]);
    else if (event.key === 'Escape' && typed !== '') setTyped('');
    else return;
    event.preventDefault(); // Enter would make the meeting
  };

  return (
    <div class="field where-search">
      <label for={id}>{t('place.search')}</label>
      <input
        id={id}
        type="text"
        role="combobox"
        autocomplete="off"
        spellcheck={false}
        enterkeyhint="done"
        aria-autocomplete="list"
        aria-expanded="true"
        aria-controls={`${id}-list`}
        aria-activedescendant={idOf(found[active])}
        data-control="search-countries"
        value={typed}
        onInput={(event) => {
          setTyped(event.currentTarget.value);
          setActive(0);
        }}
        onKeyDown={onKey}
      />
      <ul
        ref={list}
        id={`${id}-list`}
        class="where-list"
        role="listbox"
        aria-multiselectable="true"
        aria-label={t('place.countries_list')}
      >
        {found.map((country, index) => (
          <Row
            key={country.code}
            id={idOf(country) ?? ''}
            country={country}
            places={places}
            isChosen={chosen.includes(country.code)}
            isActive={index === active}
            onPress={() => {
              setActive(index);
              choose(country);
            }}
          />
        ))}
      </ul>
      <p class="hint" role="status">
        {found.length === 0 ? t('place.not_found') : ''}
      </p>
    </div>
  );
}

/** Where a key leads to in the list; null: it is none of those that move. */
function goal(key: string, active: number, length: number): number | null {
  if (length === 0) return null;
  if (key === 'ArrowDown') return (active + 1) % length;
  if (key === 'ArrowUp') return (active - 1 + length) % length;
  return null;
}

interface RowProps {
  readonly id: string;
  readonly country: Country;
  readonly places: Places;
  readonly isChosen: boolean;
  readonly isActive: boolean;
  readonly onPress: () => void;
}

function Row({ id, country, places, isChosen, isActive, onPress }: RowProps): JSX.Element {
  const isThere = places.nodes.includes(country.code);
  return (
    <li
      id={id}
      class="where-row"
      role="option"
      aria-selected={isChosen}
      data-country={country.code}
      data-active={isActive ? '' : undefined}
      onPointerDown={(event) => {
        event.preventDefault(); // the focus stays in the field
      }}
      onClick={onPress}
    >
      <span class="where-box">{isChosen ? <Icon name="check" /> : null}</span>
      <span class="where-name">{country.name}</span>
      {isThere ? <span class="pill">{t('place.has_node')}</span> : null}
      {!isThere && places.isComplete ? <span class="hint">{t('place.no_node')}</span> : null}
    </li>
  );
}
