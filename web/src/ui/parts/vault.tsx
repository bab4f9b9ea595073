// The picture of the start page: arch behind arch, and at the end a door with light under it.

import type { JSX } from 'preact';

const BASE = 400;
const MIDDLE = 200;

/** Half widths and heights from the outside in; each arch stands on the same floor. */
const ARCHES = [
  [196, 392],
  [158, 328],
  [121, 262],
  [85, 196],
  [50, 128],
] as const;

const arch = (half: number, height: number): string =>
  `M${MIDDLE - half} ${BASE}V${BASE - height + half}a${half} ${half} 0 0 1 ${2 * half} 0V${BASE}z`;

export function Vault(): JSX.Element {
  return (
    <svg class="vault" viewBox="0 0 400 412" aria-hidden="true" focusable="false">
      {ARCHES.map(([half, height], depth) => (
        <path key={depth} class={`vault-${depth}`} d={arch(half, height)} />
      ))}
      <circle class="vault-lens" cx={MIDDLE} cy={BASE - 78} r="15" />
      <path class="vault-floor" d="M5 404h390" />
      <path class="vault-light" d="M148 404h104" />
    </svg>
  );
}
