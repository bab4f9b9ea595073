// Before the door: one's own picture, the devices, a name. Nobody sees or hears anything yet.

import type { JSX } from 'preact';
import { useId, useRef, useState } from 'preact/hooks';

import type { AppState } from '../../call/model';
import { Icon } from '../icons';
import { t } from '../i18n';
import { Devices } from '../parts/devices';
import { Page, Title } from '../parts/page';
import { Preview } from '../parts/preview';
import { useSend } from '../port';

/** The server takes 64 code points. */
const NAME_MAX = 64;

export function PreJoin({ state }: { readonly state: AppState }): JSX.Element {
  return (
    <Page kind="pre-join">
      <Title>{t('prejoin.title')}</Title>
      <div class="pre-join">
        <Preview state={state} />
        <JoinForm initial={state.name} />
        {state.devices.permission === 'answered' ? (
          <section class="pre-join-devices" aria-label={t('prejoin.devices')}>
            <Devices devices={state.devices} />
          </section>
        ) : null}
      </div>
    </Page>
  );
}

function JoinForm({ initial }: { readonly initial: string }): JSX.Element {
  const send = useSend();
  const field = useRef<HTMLInputElement>(null);
  const id = useId();
  const hintId = useId();
  // The field keeps what is typed, also a blank at the end that the core would cut.
  const [name, setName] = useState(initial);
  const [isMissing, setMissing] = useState(false);

  const join = (event: Event): void => {
    event.preventDefault();
    if (name.trim() === '') {
      setMissing(true);
      field.current?.focus();
    } else {
      send({ type: 'join' });
    }
  };

  return (
    <form class="join-form" noValidate onSubmit={join}>
      <p class="not-in">
        <Icon name="door" />
        {t('prejoin.not_in')}
      </p>
      <div class="field">
        <label for={id}>{t('prejoin.name')}</label>
        <input
          ref={field}
          id={id}
          type="text"
          name="name"
          dir="auto"
          autocomplete="name"
          enterkeyhint="go"
          maxLength={NAME_MAX}
          value={name}
          aria-invalid={isMissing}
          aria-describedby={hintId}
          onInput={(event) => {
            const typed = event.currentTarget.value;
            setName(typed);
            setMissing(false);
            send({ type: 'set-name', name: typed });
          }}
        />
        <p id={hintId} class={isMissing ? 'hint hint-error' : 'hint'} aria-live="polite">
          {t(isMissing ? 'prejoin.name_missing' : 'prejoin.name_hint')}
        </p>
      </div>
      <button
        type="submit"
        class="button button-primary button-large button-wide"
        data-control="join"
      >
        {t('prejoin.join')}
      </button>
    </form>
  );
}
