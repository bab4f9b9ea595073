// How loud one's own microphone is. For the eye; the words beside it say the same to the ear.

import type { JSX } from 'preact';
import { useRef } from 'preact/hooks';

import { smooth, useLevelLoop } from '../levels';
import { usePort } from '../port';

export function Meter({ isOn }: { readonly isOn: boolean }): JSX.Element {
  const port = usePort();
  const bar = useRef<HTMLSpanElement>(null);
  const shown = useRef(0);
  useLevelLoop(() => {
    shown.current = isOn ? smooth(shown.current, port.microphoneLevel()) : 0;
    bar.current?.style.setProperty('--level', shown.current.toFixed(2));
  }, [isOn]);
  return (
    <span class="meter" aria-hidden="true">
      <span class="meter-bar" ref={bar} />
    </span>
  );
}
