// The page behind "encrypted end to end": who is here and how each was verified, the code to compare,
// what the place is worth, what the server sees.

import type { JSX } from 'preact';
import { useState } from 'preact/hooks';

import { codeGroups, type AppState, type Group, type Person } from '../../call/model';
import { EMOJI } from '../emoji';
import { Icon } from '../icons';
import { locale, t } from '../i18n';
import { useSend } from '../port';
import { ALARM_WORDS } from '../texts';
import { Avatar } from './avatar';
import { Dialog } from './dialog';
import { Directory } from './directory';
import { MeasuredDistance } from './distance';
import { PersonName } from './person_name';
import { CarryingNode } from './node';
import { Allowed } from './place';
import { Receipts } from './receipts';
import { StandingLine } from './standing';

export interface ProtectionDialogProps {
  readonly state: AppState;
  readonly people: readonly Person[];
  readonly onClose: () => void;
}

export function ProtectionDialog({ state, people, onClose }: ProtectionDialogProps): JSX.Element {
  const { group } = state;
  return (
    <Dialog title={t('protect.title')} onClose={onClose}>
      <div class="protect">
        {group.alarm === null ? (
          <p class="lead">{t('protect.lead')}</p>
        ) : (
          <p class="protect-alarm">
            <Icon name="alert" />
            <strong>{t(ALARM_WORDS[group.alarm].what)}</strong>
          </p>
        )}
        {group.code === '' ? null : <Code key={group.epoch} group={group} />}
        <section>
          <h3>{t('protect.who.title')}</h3>
          <ul class="protect-people">
            {people.map((person) => (
              <Who key={person.id} person={person} />
            ))}
          </ul>
        </section>
        <section>
          <h3>{t('protect.place.title')}</h3>
          <CarryingNode node={state.node} refusals={state.refusals} />
          <Allowed countries={group.countries} />
          <MeasuredDistance />
          <Receipts />
          <Directory />
        </section>
        <section>
          <h3>{t('protect.server.title')}</h3>
          <p>{t('protect.server.text')}</p>
        </section>
        <details class="protect-how">
          <summary>{t('protect.how.title')}</summary>
          <p>{t('protect.how.keys')}</p>
          <p>{t('protect.how.name')}</p>
          <p>{t('protect.how.code')}</p>
          <p>{t('protect.how.limit')}</p>
        </details>
      </div>
    </Dialog>
  );
}

function Code({ group }: { readonly group: Group }): JSX.Element {
  const send = useSend();
  const [isEmoji, setEmoji] = useState(false);
  return (
    <section class={group.isCodeCompared ? 'code code-compared' : 'code'}>
      <div class="code-head">
        <h3>{t('protect.code.title')}</h3>
        <div class="code-kinds" role="group" aria-label={t('protect.code.title')}>
          <Kind isOn={!isEmoji} words={t('protect.code.digits')} onPress={() => setEmoji(false)} />
          <Kind isOn={isEmoji} words={t('protect.code.emoji')} onPress={() => setEmoji(true)} />
        </div>
      </div>
      {isEmoji ? (
        <ol class="code-emoji" data-code="emoji">
          {group.emoji.map((number, index) => (
            <li key={index}>
              <span aria-hidden="true">{EMOJI[number]?.emoji}</span>
              <span class="code-emoji-name">{EMOJI[number]?.[locale()]}</span>
            </li>
          ))}
        </ol>
      ) : (
        <p class="code-digits" data-code="digits" dir="ltr">
          {codeGroups(group.code).map((digits, index) => (
            <span key={index}>{digits}</span>
          ))}
        </p>
      )}
      <p class="hint">{t('protect.code.text')}</p>
      <div role="status">
        {group.isCodeCompared ? (
          <p class="code-done">
            <Icon name="shield-check" />
            {t('protect.code.compared')}
          </p>
        ) : (
          <button
            type="button"
            class="button"
            data-control="code-matches"
            onClick={() => send({ type: 'code-matches' })}
          >
            {t('protect.code.matches')}
          </button>
        )}
      </div>
    </section>
  );
}

interface KindProps {
  readonly isOn: boolean;
  readonly words: string;
  readonly onPress: () => void;
}

function Kind({ isOn, words, onPress }: KindProps): JSX.Element {
  return (
    <button type="button" class="code-kind" aria-pressed={isOn} onClick={onPress}>
      {words}
    </button>
  );
}

function Who({ person }: { readonly person: Person }): JSX.Element {
  return (
    <li class="protect-person">
      <Avatar id={person.id} name={person.name} />
      <span class="panel-words">
        <span class="panel-name">
          <PersonName person={person} />
          {person.isHost ? <span class="pill">{t('tile.host')}</span> : null}
        </span>
        <StandingLine
          standing={person.standing}
          seenSince={person.isSelf ? undefined : person.seenSince}
        />
      </span>
    </li>
  );
}
