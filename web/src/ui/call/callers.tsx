// The people at the door, on top of the list of people.

import type { JSX } from 'preact';
import { useId } from 'preact/hooks';

import type { AppState, Caller } from '../../call/model';
import { t } from '../i18n';
import { Avatar } from '../parts/avatar';
import { Elapsed } from '../parts/elapsed';
import { StandingLine } from '../parts/standing';
import { useSend } from '../port';
import { named } from '../texts';

/** Who has an old link or is banned can only be sent away: no member would take them. */
export const canAdmit = (caller: Caller): boolean => !caller.isOldLink && !caller.isBanned;

export function Callers({ state }: { readonly state: AppState }): JSX.Element | null {
  const send = useSend();
  const id = useId();
  const { callers, mayAdmit, isFull } = state.group;
  if (!mayAdmit || callers.length === 0) return null;
  const admittable = callers.filter(canAdmit);
  return (
    <section class="callers" aria-labelledby={id}>
      <header class="callers-head">
        <h3 id={id}>{t('knock.title')}</h3>
        {admittable.length > 1 ? (
          <button
            type="button"
            class="button button-primary button-small"
            data-control="admit-all"
            onClick={() => send({ type: 'admit', knocks: admittable.map(({ knock }) => knock) })}
          >
            {t('knock.admit_all')}
          </button>
        ) : null}
      </header>
      {isFull ? <p class="caller-warning callers-full">{t('knock.full')}</p> : null}
      <ul class="callers-list">
        {callers.map((caller) => (
          <Row key={caller.knock} caller={caller} />
        ))}
      </ul>
      <p class="hint callers-keys">{t('knock.keys')}</p>
    </section>
  );
}

function Row({ caller }: { readonly caller: Caller }): JSX.Element {
  const send = useSend();
  const name = named(caller.name);
  return (
    <li class="caller" data-knock={caller.knock}>
      <Avatar id={caller.knock} name={caller.name} />
      <div class="caller-words">
        <span class="caller-name">
          <bdi class="person-name">{caller.name === '' ? t('tile.nameless') : caller.name}</bdi>
          <span class="hint">
            <Elapsed since={caller.since} words={'knock.waiting'} />
          </span>
        </span>
        <StandingLine standing={caller.standing} seenSince={caller.seenSince} />
        {caller.note === null ? null : (
          <q class="caller-note" dir="auto">
            {caller.note}
          </q>
        )}
        {caller.isBanned ? <span class="caller-warning">{t('knock.banned')}</span> : null}
        {caller.isOldLink ? <span class="caller-warning">{t('knock.old_link')}</span> : null}
      </div>
      <div class="caller-acts">
        {canAdmit(caller) ? (
          <button
            type="button"
            class="button button-primary button-small"
            data-control="admit"
            aria-label={t('knock.admit_name', { name })}
            onClick={() => send({ type: 'admit', knocks: [caller.knock] })}
          >
            {t('knock.admit')}
          </button>
        ) : null}
        <button
          type="button"
          class="button button-small"
          data-control="decline"
          aria-label={t('knock.decline_name', { name })}
          onClick={() => send({ type: 'decline', knock: caller.knock })}
        >
          {t('knock.decline')}
        </button>
      </div>
    </li>
  );
}
