// Before the door: one's own picture, the devices, a name. Nobody sees or hears anything yet.

import type { JSX } from 'preact';
import { useId, useRef, useState } from 'preact/hooks';

import type { AppState } from '../../call/model';
import { cleanName, isName, NAME_MAX } from '../../call/name';
import { Icon } from '../icons';
import { t } from '../i18n';
import { Devices } from '../parts/devices';
import { Page, Title } from '../parts/page';
import { Allowed } from '../parts/place';
import { Preview } from '../parts/preview';
import { SignIn } from '../parts/sign_in';
import { useSend } from '../port';

export function PreJoin({ state }: { readonly state: AppState }): JSX.Element {
  return (
    <Page kind="pre-join">
      <Title>{t('prejoin.title')}</Title>
      <div class="pre-join">
        <Preview state={state} />
        <JoinForm state={state} />
        {state.devices.permission === 'answered' ? (
          <section class="pre-join-devices" aria-label={t('prejoin.devices')}>
            <Devices devices={state.devices} />
          </section>
        ) : null}
      </div>
    </Page>
  );
}

function JoinForm({ state }: { readonly state: AppState }): JSX.Element {
  const send = useSend();
  const field = useRef<HTMLInputElement>(null);
  const id = useId();
  const hintId = useId();
  // The field keeps what is typed, also a blank at the end that the core would cut.
  const [typed, setName] = useState(state.name);
  // Signing in fills an empty field.
  const name = typed === '' ? state.name : typed;
  const [isMissing, setMissing] = useState(false);

  const join = (event: Event): void => {
    event.preventDefault();
    if (!isName(cleanName(name).trim())) {
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
            const { value } = event.currentTarget;
            setName(value);
            setMissing(false);
            send({ type: 'set-name', name: value });
          }}
        />
        <p id={hintId} class={isMissing ? 'hint hint-error' : 'hint'} aria-live="polite">
          {t(isMissing ? 'prejoin.name_missing' : 'prejoin.name_hint')}
        </p>
      </div>
      {state.group.countries.length === 0 ? null : <Allowed countries={state.group.countries} />}
      <button
        type="submit"
        class="button button-primary button-large button-wide"
        data-control="join"
      >
        {t('prejoin.join')}
      </button>
      <SignIn signIn={state.signIn} />
    </form>
  );
}
