// One hand drew all of them: 24 units, a line of 1.75, round ends.

import type { JSX } from 'preact';

const PATHS = {
  microphone:
    'M12 3a3 3 0 0 1 3 3v5a3 3 0 0 1-6 0V6a3 3 0 0 1 3-3zM5.5 11.5a6.5 6.5 0 0 0 13 0M12 18v3',
  'microphone-off':
    'M9.2 9.2V11a3 3 0 0 0 4.6 2.5M15 10.3V6a3 3 0 0 0-5.8-1M5.5 11.5a6.5 6.5 0 0 0 10.7 5M18.1 13.6c.3-.6.4-1.4.4-2.1M12 18v3M4 4l16 16',
  camera:
    'M5.5 6.5h7A2.5 2.5 0 0 1 15 9v6a2.5 2.5 0 0 1-2.5 2.5h-7A2.5 2.5 0 0 1 3 15V9a2.5 2.5 0 0 1 2.5-2.5zM15 10.6l5.2-3.1a.5.5 0 0 1 .8.4v8.2a.5.5 0 0 1-.8.4L15 13.4',
  'camera-off':
    'M6 6.5h-.5A2.5 2.5 0 0 0 3 9v6a2.5 2.5 0 0 0 2.5 2.5h7c.8 0 1.5-.4 2-1M10.5 6.5h2A2.5 2.5 0 0 1 15 9v1.6l5.2-3.1a.5.5 0 0 1 .8.4v8.2l-.1.3M4 4l16 16',
  people:
    'M9 5.2a3.3 3.3 0 1 1 0 6.6 3.3 3.3 0 0 1 0-6.6zM3 19.5c.4-3.2 2.9-5.3 6-5.3s5.6 2.1 6 5.3M15.6 5.5a3.3 3.3 0 0 1 0 6M17.6 14.7c1.9.8 3.1 2.6 3.4 4.8',
  more: 'M5 12h.01M12 12h.01M19 12h.01',
  leave: 'M13.5 20H4V10a6 6 0 0 1 9.5-4.9M10.5 13h10M17 9.5l3.5 3.5-3.5 3.5',
  door: 'M6 19.5V10a6 6 0 0 1 12 0v9.5M3.5 19.5h17M14.5 13h.01',
  copy: 'M11 8.5h6.5A2.5 2.5 0 0 1 20 11v6.5a2.5 2.5 0 0 1-2.5 2.5H11a2.5 2.5 0 0 1-2.5-2.5V11A2.5 2.5 0 0 1 11 8.5zM15.5 8.5v-2A2.5 2.5 0 0 0 13 4H6.5A2.5 2.5 0 0 0 4 6.5V13a2.5 2.5 0 0 0 2.5 2.5h2',
  check: 'M5 12.5l4.5 4.5L19 7.5',
  close: 'M6.5 6.5l11 11M17.5 6.5l-11 11',
  speaker: 'M4 9.5v5h3.5l4.5 4v-13l-4.5 4zM15.5 9a4.2 4.2 0 0 1 0 6M18.3 6.3a8 8 0 0 1 0 11.4',
  keyboard:
    'M5 6h14a2.5 2.5 0 0 1 2.5 2.5v7A2.5 2.5 0 0 1 19 18H5a2.5 2.5 0 0 1-2.5-2.5v-7A2.5 2.5 0 0 1 5 6zM6.5 10h.01M10.2 10h.01M13.8 10h.01M17.5 10h.01M8.5 14h7',
  shield: 'M12 3.2l7 2.6v5.4c0 4.3-2.8 7.6-7 9.3-4.2-1.7-7-5-7-9.3V5.8z',
  alert: 'M12 3.5a8.5 8.5 0 1 1 0 17 8.5 8.5 0 0 1 0-17zM12 8v5M12 16.2v.01',
  globe:
    'M12 3.5a8.5 8.5 0 1 1 0 17 8.5 8.5 0 0 1 0-17zM3.5 12h17M12 3.5c2.3 2.3 3.5 5.2 3.5 8.5s-1.2 6.2-3.5 8.5c-2.3-2.3-3.5-5.2-3.5-8.5S9.7 5.8 12 3.5z',
  key: 'M8 11.5a4.5 4.5 0 1 1 0 9 4.5 4.5 0 0 1 0-9zM11.2 12.8l8.3-8.3M16 8l3 3M13.5 10.5l2 2',
  server:
    'M5.5 4h13A1.5 1.5 0 0 1 20 5.5v4a1.5 1.5 0 0 1-1.5 1.5h-13A1.5 1.5 0 0 1 4 9.5v-4A1.5 1.5 0 0 1 5.5 4zM5.5 13h13a1.5 1.5 0 0 1 1.5 1.5v4a1.5 1.5 0 0 1-1.5 1.5h-13A1.5 1.5 0 0 1 4 18.5v-4A1.5 1.5 0 0 1 5.5 13zM7.5 7.5h.01M7.5 16.5h.01',
} as const;

export type IconName = keyof typeof PATHS;

/** Always beside or inside something that has words: hidden from a screen reader. */
export function Icon({ name }: { readonly name: IconName }): JSX.Element {
  return (
    <svg class={`icon icon-${name}`} viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      {/* Half a shield: protected on the way, not on the server. */}
      {name === 'shield' ? (
        <path class="icon-fill" d="M12 3.2v17.3c-4.2-1.7-7-5-7-9.3V5.8z" />
      ) : null}
      <path class="icon-line" d={PATHS[name]} />
    </svg>
  );
}
