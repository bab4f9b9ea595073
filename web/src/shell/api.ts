// The server's HTTP interface. A request never holds what stands after # in a link.

import type { Failure } from '../call/model';

export type Made = { readonly meeting: string } | { readonly failure: Failure };

const TIMEOUT_MS = 10_000;

export async function makeMeeting(): Promise<Made> {
  let response: Response;
  try {
    response = await fetch('/api/v1/meetings', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{}',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  } catch {
    return { failure: 'server-unreachable' };
  }
  const body: unknown = await response.json().catch(() => null);
  if (response.status === 201 && isMeeting(body)) return body;
  return { failure: failureOf(response.status, body) };
}

function isMeeting(body: unknown): body is { meeting: string } {
  return hasText(body, 'meeting') && /^[\w-]{22}$/.test(body.meeting);
}

function failureOf(status: number, body: unknown): Failure {
  if (hasText(body, 'code') && body.code === 'server_full') return 'server-full';
  return status === 429 || status === 503 ? 'busy' : 'internal';
}

function hasText<K extends string>(body: unknown, key: K): body is Record<K, string> {
  return (
    typeof body === 'object' &&
    body !== null &&
    typeof (body as Record<string, unknown>)[key] === 'string'
  );
}
