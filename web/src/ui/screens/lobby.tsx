// In front of the door: one's own picture stays, nothing goes out and nothing comes in.

import type { JSX } from 'preact';
import { useId, useState } from 'preact/hooks';

import { NOTE_MAX, type AppState, type Lobby as LobbyState } from '../../call/model';
import { Banner } from '../call/banner';
import { Icon } from '../icons';
import { isolated, t } from '../i18n';
import { Door } from '../parts/door';
import { Elapsed } from '../parts/elapsed';
import { Page, Title } from '../parts/page';
import { Allowed } from '../parts/place';
import { Preview } from '../parts/preview';
import { useSend } from '../port';

const JUST_NOW: Omit<LobbyState, 'since'> = { hasHost: true, note: null };

export function Lobby({ state }: { readonly state: AppState }): JSX.Element {
  const send = useSend();
  const lobby = state.lobby ?? { ...JUST_NOW, since: Date.now() };
  return (
    <Page kind="lobby">
      <Banner state={state} />
      <div class="lobby">
        <Preview state={state} />
        <section class="lobby-words">
          <Door light={lobby.hasHost ? 'moving' : 'off'} />
          <Title>{t('lobby.title')}</Title>
          <p class="lead" role="status">
            {t(lobby.hasHost ? 'lobby.told' : 'lobby.nobody')}
          </p>
          <p class="lobby-time">
            <Elapsed since={lobby.since} words={'lobby.time'} />
          </p>
          {state.group.countries.length === 0 ? null : (
            <Allowed countries={state.group.countries} />
          )}
          <Note note={lobby.note} />
          <p class="hint">{t('lobby.unheard')}</p>
          <button
            type="button"
            class="button"
            data-control="leave"
            onClick={() => send({ type: 'leave' })}
          >
            <Icon name="leave" />
            {t('lobby.leave')}
          </button>
        </section>
      </div>
    </Page>
  );
}

function Note({ note }: { readonly note: string | null }): JSX.Element {
  const send = useSend();
  const id = useId();
  const hint = useId();
  const [text, setText] = useState('');
  return (
    <form
      class="field lobby-note"
      onSubmit={(event) => {
        event.preventDefault();
        if (text.trim() === '') return;
        send({ type: 'note', text });
        setText('');
      }}
    >
      <label for={id}>{t('lobby.note')}</label>
      <div class="field-row">
        <input
          id={id}
          type="text"
          name="note"
          dir="auto"
          autocomplete="off"
          enterkeyhint="send"
          maxLength={NOTE_MAX}
          value={text}
          aria-describedby={hint}
          onInput={(event) => setText(event.currentTarget.value)}
        />
        <button type="submit" class="button" data-control="send-note">
          {t('app.send')}
        </button>
      </div>
      <p id={hint} class="hint" aria-live="polite">
        {note === null ? t('lobby.note_hint') : t('lobby.note_sent', { note: isolated(note) })}
      </p>
    </form>
  );
}
