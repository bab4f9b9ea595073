// How somebody is known, in words and with a sign: a guest must never look like a verified person.

import type { JSX } from 'preact';

import type { Standing } from '../../call/model';
import { formatDay } from '../format';
import { Icon } from '../icons';
import { isolated, locale, t, type Key } from '../i18n';

type Reason = Extract<Standing, { kind: 'unverified' }>['reason'];

const REASONS: Readonly<Record<Reason, Key>> = {
  missing: 'people.unverified_missing',
  broken: 'people.unverified_broken',
  token: 'people.unverified_token',
};

/** "https://id.example.org/realm" is known to people as "id.example.org". */
export function issuerName(issuer: string): string {
  try {
    return new URL(issuer).host;
  } catch {
    return issuer;
  }
}

export function standingWords(standing: Standing): string {
  switch (standing.kind) {
    case 'guest':
      return t('people.guest');
    case 'verified':
      return t('people.verified', {
        issuer: isolated(issuerName(standing.issuer)),
        name: isolated(standing.name),
      });
    case 'unverified':
      return t(REASONS[standing.reason]);
  }
}

export interface StandingLineProps {
  readonly standing: Standing;
  /** undefined: not told (oneself) */
  readonly seenSince?: number | null | undefined;
}

/** One line below a name. */
export function StandingLine({ standing, seenSince }: StandingLineProps): JSX.Element {
  return (
    <span class={`standing standing-${standing.kind}`} data-standing={standing.kind}>
      <Icon name={standing.kind === 'verified' ? 'shield-check' : 'person'} />
      <span>
        {standingWords(standing)}
        {seenSince === undefined ? null : (
          <>
            {' · '}
            <span class={seenSince === null ? 'standing-new' : undefined}>
              {seenSince === null
                ? t('people.new')
                : t('people.seen', { date: formatDay(seenSince, locale()) })}
            </span>
          </>
        )}
      </span>
    </span>
  );
}

/** A short mark inside a tile's label. */
export function StandingMark({ standing }: { readonly standing: Standing }): JSX.Element {
  switch (standing.kind) {
    case 'verified': {
      const words = t('tile.verified', { issuer: isolated(issuerName(standing.issuer)) });
      return (
        <span class="mark-verified" title={words} data-standing="verified">
          <Icon name="shield-check" />
          <span class="hidden">{words}</span>
        </span>
      );
    }
    case 'guest':
      return (
        <span class="mark-guest" data-standing="guest">
          {t('tile.guest')}
        </span>
      );
    case 'unverified':
      return (
        <span class="mark-unverified" data-standing="unverified">
          {t('tile.unverified')}
        </span>
      );
  }
}
