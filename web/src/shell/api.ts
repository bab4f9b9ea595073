// The server's HTTP interface. A request never holds what stands after # in a link.

import type { Failure } from '../call/model';
import { base64url } from '../wire/base64';
import type { Bytes } from '../wire/bytes';
import { readDirectoryNotice, type DirectoryNotice } from '../wire/directory_notice';
import { NODE_PAPERS_BYTES_MAX, readNodePapers, type NodePapers } from '../wire/node_papers';

export type Made = { readonly meeting: string } | { readonly failure: Failure };

/** An OpenID provider that the operator of this server has configured. */
export interface ConfiguredIssuer {
  readonly issuer: string;
  readonly audience: string;
  readonly name: string;
}

const TIMEOUT_MS = 10_000;
const ISSUERS_MAX = 16;

export async function postMeeting(policy: Uint8Array): Promise<Made> {
  let response: Response;
  try {
    response = await fetch('/api/v1/meetings', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ policy: base64url(policy) }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  } catch {
    return { failure: 'server-unreachable' };
  }
  const body: unknown = await response.json().catch(() => null);
  if (response.status === 201 && isMeeting(body)) return body;
  return { failure: failureOf(response.status, body) };
}

/** None where the server cannot be asked: then everybody is a guest. */
export async function loadIssuers(): Promise<readonly ConfiguredIssuer[]> {
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const response = await fetch('/api/v1/issuers', { signal });
    const body: unknown = response.ok ? await response.json() : null;
    const list = isObject(body) ? body['issuers'] : null;
    return Array.isArray(list) ? list.filter(isIssuer).slice(0, ISSUERS_MAX) : [];
  } catch {
    return [];
  }
}

/** What this node shows about itself, unread; null: nothing, or nothing of that form. */
export async function loadPapers(): Promise<NodePapers | Failure | null> {
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const response = await fetch('/api/v1/nodes/self', { cache: 'no-store', signal });
    if (response.status === 429 || response.status >= 500) return 'busy';
    const text = response.ok ? await response.text() : '';
    return text.length > NODE_PAPERS_BYTES_MAX ? null : readNodePapers(text);
  } catch {
    return 'server-unreachable';
  }
}

/** Where this deployment keeps which node has which meeting; null: it does not say so. */
export async function loadDirectoryNotice(): Promise<DirectoryNotice | null> {
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const response = await fetch('/api/v1/nodes/directory', { signal });
    return response.ok ? readDirectoryNotice(await response.json()) : null;
  } catch {
    return null;
  }
}

/** A file of the transparency log that this server has; undefined: it has none. */
export function loadLogFile(path: string): Promise<Bytes | undefined> {
  return loadBytes(`/log/${path}`);
}

/** The policy of a meeting, unread; undefined: the server does not show it. */
export function loadPolicy(meeting: string): Promise<Bytes | undefined> {
  return loadBytes(`/api/v1/policies/${meeting}`);
}

async function loadBytes(path: string): Promise<Bytes | undefined> {
  try {
    const response = await fetch(path, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    return response.ok ? new Uint8Array(await response.arrayBuffer()) : undefined;
  } catch {
    return undefined;
  }
}

function isIssuer(value: unknown): value is ConfiguredIssuer {
  return hasText(value, 'issuer') && hasText(value, 'audience') && hasText(value, 'name');
}

function isMeeting(body: unknown): body is { meeting: string } {
  return hasText(body, 'meeting') && /^[\w-]{22}$/.test(body.meeting);
}

function failureOf(status: number, body: unknown): Failure {
  if (hasText(body, 'code') && body.code === 'server_full') return 'server-full';
  return status === 429 || status === 503 ? 'busy' : 'internal';
}

function hasText<K extends string>(body: unknown, key: K): body is Record<K, string> {
  return isObject(body) && typeof body[key] === 'string';
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
