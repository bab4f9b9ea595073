// Menus of microphone, camera and speaker, with what is wrong with each. Used before and in a call.

import type { JSX } from 'preact';
import { useId } from 'preact/hooks';

import type { Device, DeviceState, Source } from '../../call/model';
import { Icon, type IconName } from '../icons';
import { t, type Key } from '../i18n';
import { useSend } from '../port';
import { Meter } from './meter';
import { Problem } from './problem';
import { isWanted } from './switch_button';

type Kind = Source | 'speaker';

const KIND_NAME: Readonly<Record<Kind, Key>> = {
  microphone: 'device.microphone',
  camera: 'device.camera',
  speaker: 'device.speaker',
};

interface MenuProps {
  readonly kind: Kind;
  readonly list: readonly Device[];
  readonly chosen: string | null;
}

function Menu({ kind, list, chosen }: MenuProps): JSX.Element {
  const send = useSend();
  const id = useId();
  const name = t(KIND_NAME[kind]);
  const icon: IconName = kind;
  return (
    <div class="field">
      <label for={id}>{name}</label>
      <div class="select">
        <Icon name={icon} />
        <select
          id={id}
          data-device={kind}
          value={chosen ?? ''}
          onChange={(event) =>
            send({ type: 'choose-device', device: kind, id: event.currentTarget.value })
          }
        >
          {list.some((device) => device.id === chosen) ? null : (
            <option value={chosen ?? ''}>{t('device.system_default')}</option>
          )}
          {list.map((device, index) => (
            <option key={device.id} value={device.id}>
              {device.label === ''
                ? t('device.numbered', { kind: name, number: index + 1 })
                : device.label}
            </option>
          ))}
        </select>
      </div>
    </div>
  );
}

function Microphone({ devices }: { readonly devices: DeviceState }): JSX.Element {
  if (!devices.hasMicrophone) return <Missing source="microphone" devices={devices} />;
  const hint: Key = !devices.microphoneOn
    ? 'device.level_off'
    : devices.isSilent
      ? 'device.silent'
      : 'device.level_hint';
  const isWarning = devices.microphoneOn && devices.isSilent;
  return (
    <div class="device">
      <Menu kind="microphone" list={devices.microphones} chosen={devices.microphoneId} />
      <Meter isOn={devices.microphoneOn} />
      <p class={isWarning ? 'hint hint-warning' : 'hint'} role="status">
        {t(hint)}
      </p>
      {devices.microphoneProblem === null ? null : (
        <Problem source="microphone" problem={devices.microphoneProblem} />
      )}
    </div>
  );
}

function Camera({ devices }: { readonly devices: DeviceState }): JSX.Element {
  if (!devices.hasCamera) return <Missing source="camera" devices={devices} />;
  return (
    <div class="device">
      <Menu kind="camera" list={devices.cameras} chosen={devices.cameraId} />
      {devices.cameraProblem === null ? null : (
        <Problem source="camera" problem={devices.cameraProblem} />
      )}
    </div>
  );
}

interface MissingProps {
  readonly source: Source;
  readonly devices: DeviceState;
}

/** No track: by a problem, or because the person went on without. Minds may change. */
function Missing({ source, devices }: MissingProps): JSX.Element {
  const send = useSend();
  const isMicrophone = source === 'microphone';
  const problem = isMicrophone ? devices.microphoneProblem : devices.cameraProblem;
  const list = isMicrophone ? devices.microphones : devices.cameras;
  if (problem !== null) {
    // Another device may do where this one does not.
    const canChoose = list.length > 1 && problem !== 'blocked' && problem !== 'blocked-by-system';
    const chosen = isMicrophone ? devices.microphoneId : devices.cameraId;
    return (
      <div class="device">
        {canChoose ? <Menu kind={source} list={list} chosen={chosen} /> : null}
        <Problem source={source} problem={problem} />
      </div>
    );
  }
  if (isWanted(devices, source)) {
    return (
      <p class="hint" role="status">
        {t('prejoin.asking')}
      </p>
    );
  }
  return (
    <div class="device device-missing">
      <p class="hint">{t(isMicrophone ? 'device.no_microphone' : 'prejoin.picture_none')}</p>
      <button
        type="button"
        class="button button-small"
        onClick={() => send({ type: 'toggle', source })}
      >
        <Icon name={source} />
        {t(isMicrophone ? 'device.allow_microphone' : 'device.allow_camera')}
      </button>
    </div>
  );
}

export function Devices({ devices }: { readonly devices: DeviceState }): JSX.Element {
  const send = useSend();
  return (
    <div class="devices">
      <Microphone devices={devices} />
      <Camera devices={devices} />
      <div class="device">
        {devices.speakers.length > 0 ? (
          <Menu kind="speaker" list={devices.speakers} chosen={devices.speakerId} />
        ) : null}
        <button
          type="button"
          class="button button-small"
          data-control="test-speaker"
          onClick={() => send({ type: 'test-speaker' })}
        >
          <Icon name="speaker" />
          {t('device.test')}
        </button>
      </div>
    </div>
  );
}
