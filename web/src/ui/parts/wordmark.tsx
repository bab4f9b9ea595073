// The mark: a closed door with a lens in its arch (camera: chamber and lens), light under the door.
// The letters are drawn from the same arch, so that they need no font.

import type { JSX } from 'preact';

export function Mark(): JSX.Element {
  return (
    <svg class="mark" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <path
        class="mark-door"
        d="M5 26V13a11 11 0 0 1 22 0v13zM16 8.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9z"
      />
      <path class="mark-light" d="M3 28.5h26" />
    </svg>
  );
}

/** Letters on a baseline at 15, x-height 10, all of arches and straight lines. */
const LETTERS = [
  'M1 1v14', // I
  'M8 15v-6a4 4 0 0 1 8 0v6', // n
  'M36.6 3.4A5 5 0 0 0 27.5 6v4a5 5 0 0 0 9.1 2.6', // C
  'M49 15V9a4 4 0 0 0-8 0v2a4 4 0 0 0 8 0', // a
  'M54.5 15V9a3.8 3.8 0 0 1 7.6 0v6M62.1 9a3.8 3.8 0 0 1 7.6 0v6', // m
  'M75 10.2h8V9a4 4 0 0 0-8 0v2a4 4 0 0 0 7.2 2.4', // e
  'M88.5 15V9a4 4 0 0 1 4-4', // r
  'M104 15V9a4 4 0 0 0-8 0v2a4 4 0 0 0 8 0', // a
].join('');

export function Wordmark({ label }: { readonly label: string }): JSX.Element {
  return (
    <span class="wordmark">
      <Mark />
      <svg class="letters" viewBox="-1 -1 107 18" role="img" aria-label={label} focusable="false">
        <path d={LETTERS} />
      </svg>
    </span>
  );
}
