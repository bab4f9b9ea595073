import type { JSX } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';

import type { AppState, Person } from '../../call/model';
import { Icon, type IconName } from '../icons';
import { t, type Key } from '../i18n';
import { Avatar } from '../parts/avatar';
import { CopyLink } from '../parts/copy';
import { PersonName } from '../parts/person_name';

export interface PeoplePanelProps {
  readonly state: AppState;
  readonly people: readonly Person[];
  readonly onClose: () => void;
}

export function PeoplePanel({ state, people, onClose }: PeoplePanelProps): JSX.Element {
  const heading = useRef<HTMLHeadingElement>(null);
  const id = useId();
  useEffect(() => heading.current?.focus(), []);
  return (
    <aside class="panel" aria-labelledby={id}>
      <header class="panel-head">
        <h2 id={id} ref={heading} tabIndex={-1}>
          {t('people.title', { count: people.length })}
        </h2>
        <button type="button" class="icon-button" aria-label={t('app.close')} onClick={onClose}>
          <Icon name="close" />
        </button>
      </header>
      <ul class="panel-list" tabIndex={0} aria-label={t('people.list')}>
        {people.map((person) => (
          <Row key={person.id} person={person} />
        ))}
      </ul>
      <div class="panel-foot">
        <CopyLink state={state} label={t('people.invite')} />
      </div>
    </aside>
  );
}

function Row({ person }: { readonly person: Person }): JSX.Element {
  return (
    <li class="panel-row" data-person={person.id} data-state={person.state}>
      <Avatar id={person.id} name={person.name} />
      <span class="panel-words">
        <PersonName person={person} />
        {person.state === 'connected' ? null : (
          <span class="panel-state">
            {t(person.state === 'reconnecting' ? 'tile.reconnecting' : 'tile.connecting')}
          </span>
        )}
      </span>
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
    </li>
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
