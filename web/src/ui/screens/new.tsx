import type { JSX } from 'preact';
import { useState } from 'preact/hooks';

import type { AppState, LobbyMode, NewMeeting, Places } from '../../call/model';
import { Icon } from '../icons';
import { t, type Key } from '../i18n';
import { NODE_WORDS, nodeDetails } from '../node_texts';
import { CopyLink } from '../parts/copy';
import { CountryChoice, hasNode } from '../parts/country_choice';
import { LinkText } from '../parts/link_text';
import { Message } from '../parts/message';
import { Page, Title } from '../parts/page';
import { Allowed } from '../parts/place';
import { useSend } from '../port';
import { FAILURE_WORDS } from '../texts';

export function New({ state }: { readonly state: AppState }): JSX.Element {
  const meeting = state.newMeeting;
  switch (meeting?.status) {
    case undefined:
    case 'choosing':
      return <Choose places={meeting?.places ?? null} />;
    case 'making':
      return <Message kind="new" light="moving" title={t('new.title.making')} />;
    case 'failed':
      return <Failed meeting={meeting} />;
    case 'ready':
      return <Ready state={state} meeting={meeting} />;
  }
}

const MODES: readonly (readonly [LobbyMode, Key, Key])[] = [
  ['lobby', 'new.lobby', 'new.lobby_text'],
  ['open', 'new.open_mode', 'new.open_text'],
];

function Choose({ places }: { readonly places: Places | null }): JSX.Element {
  const send = useSend();
  const [lobby, setLobby] = useState<LobbyMode>('lobby');
  const [chosen, setChosen] = useState<readonly string[] | null>(null);
  const countries = chosen ?? (places ? [places.home] : []);
  const isReady = places !== null && hasNode(places, countries);
  return (
    <Page kind="new">
      <form
        class="ready"
        onSubmit={(event) => {
          event.preventDefault();
          if (isReady) send({ type: 'make-meeting', lobby, countries });
        }}
      >
        <Title>{t('new.title.choose')}</Title>
        <fieldset class="modes">
          <legend>{t('new.who')}</legend>
          {MODES.map(([mode, name, text]) => (
            <label key={mode} class="mode">
              <input
                type="radio"
                name="lobby"
                value={mode}
                checked={lobby === mode}
                onChange={() => setLobby(mode)}
              />
              <span class="mode-words">
                <span class="mode-name">{t(name)}</span>
                <span class="hint">{t(text)}</span>
              </span>
            </label>
          ))}
        </fieldset>
        {places ? (
          <CountryChoice places={places} chosen={countries} onChoose={setChosen} />
        ) : (
          <p class="hint" role="status">
            {t('new.where_asking')}
          </p>
        )}
        <p class="hint">{t('new.fixed')}</p>
        <div class="actions">
          <button
            type="submit"
            class="button button-primary button-large"
            data-control="make-meeting"
            disabled={!isReady}
          >
            {t('new.make')}
          </button>
        </div>
      </form>
    </Page>
  );
}

function Failed({ meeting }: { readonly meeting: NewMeeting }): JSX.Element {
  const send = useSend();
  const failure = meeting.failure ?? 'internal';
  const { refusal } = meeting;
  const { lobby, countries } = meeting;
  const canRepeat = countries !== null && failure !== 'no-node-in-region';
  const words = refusal ? NODE_WORDS[refusal.reason] : FAILURE_WORDS[failure];
  return (
    <Message
      kind="new"
      light="off"
      title={t('new.failed')}
      why={`${t(words.what)}. ${t(words.why)}`}
      next={t(words.next)}
      code={refusal ? nodeDetails(refusal) : t('app.code', { code: failure })}
      actions={
        <button
          type="button"
          class="button button-primary"
          onClick={() =>
            send(
              canRepeat ? { type: 'make-meeting', lobby, countries } : { type: 'choose-meeting' },
            )
          }
        >
          {t('app.try_again')}
        </button>
      }
    />
  );
}

interface ReadyProps {
  readonly state: AppState;
  readonly meeting: NewMeeting;
}

function Ready({ state, meeting }: ReadyProps): JSX.Element {
  const send = useSend();
  return (
    <Page kind="new">
      <section class="ready">
        <Title>{t('new.title.ready')}</Title>
        <p class="lead">{t(meeting.lobby === 'lobby' ? 'new.lead_lobby' : 'new.lead_open')}</p>
        <div class="ready-link" role="group" aria-label={t('new.link')}>
          <LinkText link={meeting.link ?? ''} />
          <p class="ready-secret">
            <Icon name="key" />
            {t('new.secret')}
          </p>
        </div>
        <div class="actions">
          <CopyLink state={state} label={t('new.copy')} isPrimary />
          <button
            type="button"
            class="button"
            data-control="open-meeting"
            onClick={() => send({ type: 'open-meeting' })}
          >
            <Icon name="door" />
            {t('new.open')}
          </button>
        </div>
        <Allowed countries={meeting.countries ?? []} />
        <HostLink state={state} link={meeting.hostLink ?? ''} />
      </section>
    </Page>
  );
}

/** Folded away, so that nobody sends it by mistake. */
function HostLink({
  state,
  link,
}: {
  readonly state: AppState;
  readonly link: string;
}): JSX.Element {
  return (
    <details class="host-link" data-host-link="">
      <summary>
        <Icon name="key" />
        {t('new.host_show')}
      </summary>
      <div class="host-link-inside" role="group" aria-label={t('new.host_link')}>
        <p>{t('new.host_text')}</p>
        <LinkText link={link} />
        <CopyLink state={state} label={t('new.host_copy')} which="host-link" />
        <p class="hint">{t('new.host_here')}</p>
      </div>
    </details>
  );
}
