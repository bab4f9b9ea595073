// What stands in an ID token (OIDC Core 2, RFC 7515 7.1), before anybody has checked it:
// verify/id_token.ts does.

import { fromBase64url } from './base64';
import type { Bytes } from './bytes';
import { cleanName, isName } from './name';
import { fromUtf8, utf8 } from './utf8';

export const ID_TOKEN_MAX = 7000;

/** A JSON object whose values are still anything. */
export type Fields = ReadonlyMap<string, unknown>;

export interface Jws {
  readonly header: Fields;
  readonly claims: Fields;
  /** What is signed: the first two parts as they stand. */
  readonly signed: Bytes;
  readonly signature: Bytes;
}

/** The parts of a compact JWS, or undefined when it is none. */
export function readJws(token: string): Jws | undefined {
  const [head, body, tail, ...more] = token.split('.');
  if (head === undefined || body === undefined || tail === undefined || more.length > 0) {
    return undefined;
  }
  const header = readFields(head);
  const claims = readFields(body);
  const signature = fromBase64url(tail);
  if (token.length > ID_TOKEN_MAX || !header || !claims || !signature) return undefined;
  return { header, claims, signed: utf8(`${head}.${body}`), signature };
}

/** How the issuer calls the person, fit to be shown; empty when it says nothing. */
export function nameOfClaims(claims: Fields): string {
  const email = claims.get('email_verified') === true ? claims.get('email') : undefined;
  const candidates = [claims.get('name'), email, claims.get('preferred_username')];
  return [...candidates, claims.get('sub')].map(shown).find(isName) ?? '';
}

export function textOf(fields: Fields, name: string): string | undefined {
  const value = fields.get(name);
  return typeof value === 'string' ? value : undefined;
}

/** The fields of a JSON object that was parsed elsewhere, or undefined when it is none. */
export function fieldsOf(value: unknown): Fields | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return new Map(Object.entries(value));
}

function readFields(part: string): Fields | undefined {
  const text = fromUtf8(fromBase64url(part) ?? new Uint8Array());
  try {
    return fieldsOf(JSON.parse(text ?? ''));
  } catch {
    return undefined;
  }
}

function shown(value: unknown): string {
  return typeof value === 'string' ? cleanName(value.trim()).trim() : '';
}
