// The door of the short screens: light under it means that somebody could be behind.

import type { JSX } from 'preact';

export interface DoorProps {
  readonly light: 'on' | 'off' | 'moving';
}

export function Door({ light }: DoorProps): JSX.Element {
  return (
    <svg class={`door door-${light}`} viewBox="0 0 96 104" aria-hidden="true" focusable="false">
      <path class="door-frame" d="M10 92V46a38 38 0 0 1 76 0v46z" />
      <path class="door-leaf" d="M17 92V46a31 31 0 0 1 62 0v46z" />
      <circle class="door-lens" cx="48" cy="46" r="12.5" />
      <path class="door-light" d="M4 98h88" />
    </svg>
  );
}
