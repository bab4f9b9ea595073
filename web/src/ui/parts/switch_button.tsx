// The switch of a microphone or camera, in the pre-join picture and in the bar of the call.

import type { JSX } from 'preact';

import type { DeviceProblem, DeviceState, Source } from '../../call/model';
import { Icon, type IconName } from '../icons';
import { t, type Key } from '../i18n';

export interface SwitchButtonProps {
  readonly source: Source;
  readonly devices: DeviceState;
  readonly onPress: () => void;
}

interface Looks {
  readonly name: Key;
  readonly icon: readonly [on: IconName, off: IconName];
  readonly title: readonly [on: Key, off: Key, none: Key];
}

const LOOKS: Readonly<Record<Source, Looks>> = {
  microphone: {
    name: 'bar.microphone',
    icon: ['microphone', 'microphone-off'],
    title: ['bar.microphone_off', 'bar.microphone_on', 'bar.microphone_none'],
  },
  camera: {
    name: 'bar.camera',
    icon: ['camera', 'camera-off'],
    title: ['bar.camera_off', 'bar.camera_on', 'bar.camera_none'],
  },
};

/** What keeps a source from being used; none as soon as a track of it could be sent. */
export function problemOf(devices: DeviceState, source: Source): DeviceProblem | null {
  if (hasSource(devices, source)) return null;
  return source === 'microphone' ? devices.microphoneProblem : devices.cameraProblem;
}

const hasSource = (devices: DeviceState, source: Source): boolean =>
  source === 'microphone' ? devices.hasMicrophone : devices.hasCamera;

export const isWanted = (devices: DeviceState, source: Source): boolean =>
  source === 'microphone' ? devices.microphoneOn : devices.cameraOn;

export function SwitchButton({ source, devices, onPress }: SwitchButtonProps): JSX.Element {
  const looks = LOOKS[source];
  const has = hasSource(devices, source);
  const isOn = has && isWanted(devices, source);
  const without = problemOf(devices, source) === null ? 'none' : 'problem';
  return (
    <button
      type="button"
      role="switch"
      aria-checked={isOn}
      class="bar-button"
      data-control={source}
      data-state={has ? (isOn ? 'on' : 'off') : without}
      title={t(looks.title[has ? (isOn ? 0 : 1) : 2])}
      onClick={onPress}
    >
      <span class="bar-icon">
        <Icon name={looks.icon[isOn ? 0 : 1]} />
      </span>
      <span class="bar-label">{t(looks.name)}</span>
    </button>
  );
}
