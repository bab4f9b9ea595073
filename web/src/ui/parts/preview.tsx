// One's own picture before the call, with the question for permission on it: first our words and a
// button, only then the question of the browser.

import type { JSX } from 'preact';

import type { AppState, DeviceState, Source } from '../../call/model';
import { t, type Key } from '../i18n';
import { useSend } from '../port';
import { Avatar } from './avatar';
import { Door } from './door';
import { SwitchButton, problemOf } from './switch_button';
import { Video } from './video';

export function Preview({ state }: { readonly state: AppState }): JSX.Element {
  const { devices } = state;
  return (
    <section class="preview" aria-label={t('prejoin.picture')}>
      {devices.permission === 'answered' ? (
        <Picture devices={devices} name={state.name} />
      ) : (
        <Question devices={devices} />
      )}
    </section>
  );
}

function Question({ devices }: { readonly devices: DeviceState }): JSX.Element {
  const send = useSend();
  const isAsking = devices.permission === 'asking';
  return (
    <div class="preview-question">
      <Door light={isAsking ? 'moving' : 'on'} />
      <p class="preview-nobody">{t('prejoin.nobody')}</p>
      {isAsking ? (
        <p role="status">{t('prejoin.asking')}</p>
      ) : (
        <>
          <div class="actions">
            <button
              type="button"
              class="button button-light"
              data-control="use-devices"
              onClick={() => send({ type: 'use-devices', microphone: true, camera: true })}
            >
              {t('prejoin.use')}
            </button>
            <button
              type="button"
              class="button button-ghost"
              data-control="without-devices"
              onClick={() => send({ type: 'use-devices', microphone: false, camera: false })}
            >
              {t('prejoin.without')}
            </button>
          </div>
          <p class="preview-hint">{t('prejoin.ask_hint')}</p>
        </>
      )}
    </div>
  );
}

interface PictureProps {
  readonly devices: DeviceState;
  readonly name: string;
}

function Picture({ devices, name }: PictureProps): JSX.Element {
  const send = useSend();
  const shows = devices.hasCamera && devices.cameraOn;
  const empty: Key = devices.hasCamera ? 'prejoin.picture_off' : 'prejoin.picture_none';
  const press = (source: Source): void =>
    send({ type: problemOf(devices, source) === null ? 'toggle' : 'retry-device', source });
  return (
    <>
      {shows ? (
        <Video source="self" isMirrored />
      ) : (
        <div class="preview-empty">
          <Avatar id="self" name={name} />
          <p>{t(empty)}</p>
        </div>
      )}
      <div class="preview-bar">
        <SwitchButton source="microphone" devices={devices} onPress={() => press('microphone')} />
        <SwitchButton source="camera" devices={devices} onPress={() => press('camera')} />
      </div>
    </>
  );
}
