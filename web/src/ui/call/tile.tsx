// One person on the stage.

import type { JSX } from 'preact';

import type { Person } from '../../call/model';
import { Icon } from '../icons';
import { t } from '../i18n';
import { Avatar } from '../parts/avatar';
import { PersonName } from '../parts/person_name';
import { StandingMark } from '../parts/standing';
import { Video } from '../parts/video';
import { colourOf } from '../people';

/** For oneself the picture and the loudness come from the devices, for others from their slots. */
export const SELF = 'self';
export const audioSource = (person: Person): string | null =>
  person.microphone && person.state === 'connected'
    ? person.isSelf
      ? SELF
      : person.audioMid
    : null;
const videoSource = (person: Person): string | null =>
  person.camera ? (person.isSelf ? SELF : person.videoMid) : null;

export function Tile({ person }: { readonly person: Person }): JSX.Element {
  const source = videoSource(person);
  return (
    <li
      class={`tile tile-person-${colourOf(person.id)}`}
      data-person={person.id}
      data-self={person.isSelf}
      data-state={person.state}
      data-bad={person.isUndecodable ? '' : undefined}
      data-audio={audioSource(person) ?? undefined}
    >
      <Avatar id={person.id} name={person.name} />
      {source === null || person.isUndecodable ? null : (
        <Video key={source} source={source} isMirrored={person.isSelf} />
      )}
      <span class="tile-ring" aria-hidden="true" />
      <State person={person} />
      <p class="tile-label">
        {person.microphone ? null : (
          <span class="tile-muted">
            <Icon name="microphone-off" />
            <span class="hidden">{t('tile.muted')}</span>
          </span>
        )}
        <PersonName person={person} />
        {person.isSelf ? null : <StandingMark standing={person.standing} />}
      </p>
      {person.handUpAt === null ? null : (
        <span class="tile-hand">
          <Icon name="hand" />
          <span class="hidden">{t('tile.hand')}</span>
        </span>
      )}
      {person.reaction === null ? null : (
        <span key={person.reaction} class="tile-reaction" aria-hidden="true">
          {person.reaction}
        </span>
      )}
    </li>
  );
}

function State({ person }: { readonly person: Person }): JSX.Element | null {
  if (person.isUndecodable) {
    return (
      <p class="tile-state tile-bad" title={t('tile.undecodable_text')} data-undecodable="">
        <Icon name="alert" />
        {t('tile.undecodable')}
      </p>
    );
  }
  if (person.state === 'connected') return null;
  return (
    <p class="tile-state">
      <span class="spinner" aria-hidden="true" />
      {t(person.state === 'reconnecting' ? 'tile.reconnecting' : 'tile.connecting')}
    </p>
  );
}
