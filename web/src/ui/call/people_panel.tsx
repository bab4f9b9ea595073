// Who is here: first who stands at the door, then raised hands in their order, then all.

import type { JSX } from 'preact';
import { useEffect, useId, useRef, useState } from 'preact/hooks';

import type { AppState, Person } from '../../call/model';
import { Icon, type IconName } from '../icons';
import { t, type Key } from '../i18n';
import { Avatar } from '../parts/avatar';
import { CopyLink } from '../parts/copy';
import { PersonName } from '../parts/person_name';
import { StandingLine } from '../parts/standing';
import { handsUp } from '../people';
import { useSend } from '../port';
import { named } from '../texts';
import { Callers, canAdmit } from './callers';

export interface PeoplePanelProps {
  readonly state: AppState;
  readonly people: readonly Person[];
  /** the person may act for all */
  readonly isHost: boolean;
  readonly lettersOn: boolean;
  readonly onRemove: (person: Person) => void;
  readonly onSafety: () => void;
  readonly onClose: () => void;
}

export function PeoplePanel(props: PeoplePanelProps): JSX.Element {
  const { state, people, isHost, onClose } = props;
  const heading = useRef<HTMLHeadingElement>(null);
  const id = useId();
  const answer = useAnswerKeys(props);
  useEffect(() => heading.current?.focus(), []);
  const hands = handsUp(people);
  const rest = people.filter((person) => person.handUpAt === null);
  return (
    <aside class="panel" aria-labelledby={id} onKeyDown={answer}>
      <header class="panel-head">
        <h2 id={id} ref={heading} tabIndex={-1}>
          {t('people.title', { count: people.length })}
        </h2>
        <button type="button" class="icon-button" aria-label={t('app.close')} onClick={onClose}>
          <Icon name="close" />
        </button>
      </header>
      <div class="panel-list" tabIndex={0} role="group" aria-label={t('people.list')}>
        <Callers state={state} />
        <ul>
          {[...hands, ...rest].map((person) => (
            <Row
              key={person.id}
              person={person}
              canRemove={isHost && !person.isSelf}
              canPromote={isHost && state.group.isHosted && !person.isHost && !person.isSelf}
              onRemove={() => props.onRemove(person)}
            />
          ))}
        </ul>
      </div>
      <div class="panel-foot">
        <CopyLink state={state} label={t('people.invite')} />
        {isHost ? (
          <button
            type="button"
            class="button"
            data-control="safety"
            aria-haspopup="dialog"
            onClick={props.onSafety}
          >
            <Icon name="lock" />
            {t('safety.title')}
          </button>
        ) : null}
      </div>
    </aside>
  );
}

/** A and D answer the first one at the door, as long as the focus is in this panel. */
function useAnswerKeys({ state, lettersOn }: PeoplePanelProps): (event: KeyboardEvent) => void {
  const send = useSend();
  return (event) => {
    const hasModifier = event.ctrlKey || event.altKey || event.metaKey || event.repeat;
    if (!lettersOn || hasModifier || !state.group.mayAdmit) return;
    const key = event.key.toLowerCase();
    const [first] = state.group.callers;
    if (first === undefined || (key !== 'a' && key !== 'd')) return;
    event.preventDefault();
    if (key === 'd') send({ type: 'decline', knock: first.knock });
    else if (canAdmit(first)) send({ type: 'admit', knocks: [first.knock] });
  };
}

interface RowProps {
  readonly person: Person;
  readonly canRemove: boolean;
  readonly canPromote: boolean;
  readonly onRemove: () => void;
}

function Row({ person, canRemove, canPromote, onRemove }: RowProps): JSX.Element {
  const send = useSend();
  const [isOpen, setOpen] = useState(false);
  const id = useId();
  return (
    <li class="panel-item" data-person={person.id} data-state={person.state}>
      <div class="panel-row">
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
          <StateLine person={person} />
        </span>
        {person.handUpAt === null ? null : (
          <span class="sign sign-hand">
            <Icon name="hand" />
            <span class="hidden">{t('tile.hand')}</span>
          </span>
        )}
        <Sign
          isOn={person.microphone}
          icons={['microphone', 'microphone-off']}
          words={['people.microphone_on', 'people.microphone_off']}
        />
        <Sign
          isOn={person.camera}
          icons={['camera', 'camera-off']}
          words={['people.camera_on', 'people.camera_off']}
        />
        {canRemove ? (
          <button
            type="button"
            class="icon-button"
            data-control="person-more"
            aria-expanded={isOpen}
            aria-controls={id}
            aria-label={t('people.actions', { name: named(person.name) })}
            onClick={() => setOpen(!isOpen)}
          >
            <Icon name="more" />
          </button>
        ) : null}
      </div>
      {canRemove && isOpen ? (
        <div class="person-acts" id={id}>
          {canPromote ? (
            <button
              type="button"
              class="button button-small"
              data-control="make-cohost"
              title={t('people.cohost_text')}
              onClick={() => {
                send({ type: 'make-cohost', leaf: person.leaf });
                setOpen(false);
              }}
            >
              {t('people.cohost')}
            </button>
          ) : null}
          <button
            type="button"
            class="button button-small button-danger"
            data-control="remove"
            aria-haspopup="dialog"
            onClick={onRemove}
          >
            {t('people.remove')}
          </button>
        </div>
      ) : null}
    </li>
  );
}

function StateLine({ person }: { readonly person: Person }): JSX.Element | null {
  if (person.isUndecodable) {
    return <span class="panel-state panel-bad">{t('tile.undecodable')}</span>;
  }
  if (person.state === 'connected') return null;
  return (
    <span class="panel-state">
      {t(person.state === 'reconnecting' ? 'tile.reconnecting' : 'tile.connecting')}
    </span>
  );
}

interface SignProps {
  readonly isOn: boolean;
  readonly icons: readonly [on: IconName, off: IconName];
  readonly words: readonly [on: Key, off: Key];
}

function Sign({ isOn, icons, words }: SignProps): JSX.Element {
  const which = isOn ? 0 : 1;
  return (
    <span class={isOn ? 'sign' : 'sign sign-off'}>
      <Icon name={icons[which]} />
      <span class="hidden">{t(words[which])}</span>
    </span>
  );
}
