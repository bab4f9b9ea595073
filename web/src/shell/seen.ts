// Device keys that this browser met before, and on which day first. It recognises people again without
// any account. The list stays in this browser.

const SEEN = 'incamera.seen';
const SEEN_MAX = 2000;
const DAY_MS = 86_400_000;

/** A device key (43 characters), and the day when it was first met, in ms since 1970. */
export type Seen = readonly [deviceKey: string, since: number];

export function loadSeen(): readonly Seen[] {
  return read().map(([key, day]) => [key, day * DAY_MS]);
}

/** Whom one met last stands at the end; at the bound, who was not met for longest is forgotten. */
export function rememberSeen(deviceKey: string, now: number): void {
  if (!isKey(deviceKey)) return;
  const all = read();
  const known = all.find(([key]) => key === deviceKey);
  const others = all.filter((each) => each !== known);
  const met = known ?? ([deviceKey, Math.floor(now / DAY_MS)] as const);
  write([...others, met].slice(-SEEN_MAX));
}

export function forgetSeen(): void {
  attempt(() => localStorage.removeItem(SEEN));
}

function read(): readonly Seen[] {
  const kept: unknown = attempt(() => JSON.parse(localStorage.getItem(SEEN) ?? '[]') as unknown);
  return Array.isArray(kept) ? kept.filter(isSeen).slice(-SEEN_MAX) : [];
}

function write(all: readonly Seen[]): void {
  attempt(() => localStorage.setItem(SEEN, JSON.stringify(all)));
}

function isSeen(value: unknown): value is Seen {
  return (
    Array.isArray(value) &&
    value.length === 2 &&
    isKey(value[0]) &&
    Number.isInteger(value[1]) &&
    (value[1] as number) >= 0
  );
}

function isKey(value: unknown): value is string {
  return typeof value === 'string' && /^[\w-]{43}$/.test(value);
}

/** A browser may forbid storage; then everybody is new. */
function attempt<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch {
    return undefined;
  }
}
