// The one clock of the client: milliseconds since the epoch that never run backwards.

export function now(): number {
  return performance.timeOrigin + performance.now();
}
