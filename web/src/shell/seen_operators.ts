// What this browser has accepted of each operator: serials that must not fall and texts that must not
// change under one number. The list stays in this browser.

import type { SeenOperator, SeenText } from '../wire/node_view';

const SEEN = 'incamera.operators';
const OPERATORS_MAX = 50;
const NODES_MAX = 256;

export function loadSeenOperators(): readonly SeenOperator[] {
  const kept: unknown = attempt(() => JSON.parse(localStorage.getItem(SEEN) ?? '[]') as unknown);
  return Array.isArray(kept) ? kept.filter(isSeenOperator) : [];
}

/** What was seen last stands at the end; at the bound, the operator that was not met for longest is forgotten. */
export function rememberOperator(seen: SeenOperator): void {
  const others = loadSeenOperators().filter(({ operator }) => operator !== seen.operator);
  const kept = { ...seen, certSerials: seen.certSerials.slice(-NODES_MAX) };
  const all = [...others, kept].slice(-OPERATORS_MAX);
  attempt(() => localStorage.setItem(SEEN, JSON.stringify(all)));
}

function isSeenOperator(value: unknown): value is SeenOperator {
  if (!isObject(value) || !isHash(value['operator'])) return false;
  const { keys, set, certSerials } = value;
  const areTexts = [keys, set].every((each) => each === null || isSeenText(each));
  return areTexts && Array.isArray(certSerials) && certSerials.every(isCertSerial);
}

function isSeenText(value: unknown): value is SeenText {
  return isObject(value) && isSerial(value['serial']) && isHash(value['sha256']);
}

function isCertSerial(value: unknown): boolean {
  const isPair = Array.isArray(value) && value.length === 2;
  return isPair && typeof value[0] === 'string' && isSerial(value[1]);
}

function isSerial(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isHash(value: unknown): boolean {
  return typeof value === 'string' && /^[\w-]{43}$/.test(value);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

/** A browser may forbid storage; then every operator is new. */
function attempt<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch {
    return undefined;
  }
}
