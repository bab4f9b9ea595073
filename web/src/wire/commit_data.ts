// CommitData (docs/protocol/encryption.md 5): who may act, and what they did, in the authenticated data
// of a commit.

import { Reader, Writer, concat, type Bytes } from './bytes';

export const AUTHORITY_BYTES = 65;
export const BAN_TAG_BYTES = 16;

const VERSION = 1;
const TYPE = { lock: 1, generation: 2, ban: 3 } as const;
const NOTHING: CommitData = { authority: null, acts: [] };

/** The proof that a host gave a leaf. */
export interface Authority {
  readonly hostKeyIndex: number;
  readonly signature: Bytes;
}

export type Act =
  | { readonly type: 'lock'; readonly on: boolean }
  | { readonly type: 'generation'; readonly generation: number }
  | { readonly type: 'ban'; readonly tag: Bytes };

export interface CommitData {
  readonly authority: Authority | null;
  readonly acts: readonly Act[];
}

export function encodeAuthority({ hostKeyIndex, signature }: Authority): Bytes {
  return new Writer().u8(hostKeyIndex).bytes(signature, 64).finish();
}

export function decodeAuthority(bytes: Uint8Array): Authority | undefined {
  const reader = new Reader(bytes);
  const authority = { hostKeyIndex: reader.u8(), signature: reader.bytes(64) };
  return reader.isWhole ? authority : undefined;
}

/** As it stands inside other structures: `authority<0..65>`, whole or empty. */
export function writeAuthority(writer: Writer, authority: Authority | null): void {
  writer.vector(authority ? encodeAuthority(authority) : new Uint8Array(), 0, AUTHORITY_BYTES);
}

export function readAuthority(reader: Reader): Authority | null {
  const bytes = reader.vector(0, AUTHORITY_BYTES);
  const authority = bytes.length > 0 ? decodeAuthority(bytes) : null;
  reader.refuseUnless(authority !== undefined);
  return authority ?? null;
}

/** Without authority and acts: nothing at all. */
export function encodeCommitData({ authority, acts }: CommitData): Bytes {
  const writer = new Writer();
  if (!authority && acts.length === 0) return writer.finish();
  writer.refuseUnless(authority !== null);
  writer.u8(VERSION);
  writeAuthority(writer, authority);
  writer.refuseUnless(areDifferent(acts));
  return writer.vector(concat(...acts.map(encodeAct)), 0, 1024).finish();
}

export function decodeCommitData(bytes: Uint8Array): CommitData | undefined {
  if (bytes.length === 0) return NOTHING;
  const reader = new Reader(bytes);
  reader.refuseUnless(reader.u8() === VERSION);
  const authority = readAuthority(reader);
  const acts = readActs(reader);
  reader.refuseUnless(authority !== null || acts.length === 0);
  return reader.isWhole ? { authority, acts } : undefined;
}

function encodeAct(act: Act): Bytes {
  const data = new Writer();
  if (act.type === 'lock') data.u8(act.on ? 1 : 0);
  else if (act.type === 'generation') data.u32(act.generation);
  else data.bytes(act.tag, BAN_TAG_BYTES);
  return new Writer().u8(TYPE[act.type]).vector(data.finish(), 0, 255).finish();
}

function readActs(outer: Reader): readonly Act[] {
  const acts: Act[] = [];
  const reader = new Reader(outer.vector(0, 1024));
  while (reader.left > 0) {
    const act = readAct(reader.u8(), new Reader(reader.vector(0, 255)));
    reader.refuseUnless(act !== undefined);
    if (act) acts.push(act);
  }
  outer.refuseUnless(reader.isWhole && areDifferent(acts));
  return acts;
}

/** One lock, one generation, each tag once. */
function areDifferent(acts: readonly Act[]): boolean {
  const names = acts.map((act) => (act.type === 'ban' ? act.tag.join() : act.type));
  return new Set(names).size === names.length;
}

function readAct(type: number, data: Reader): Act | undefined {
  const act = actOf(type, data);
  return data.isWhole ? act : undefined;
}

function actOf(type: number, data: Reader): Act | undefined {
  switch (type) {
    case TYPE.lock: {
      const on = data.u8();
      data.refuseUnless(on <= 1);
      return { type: 'lock', on: on === 1 };
    }
    case TYPE.generation: {
      const generation = data.u32();
      data.refuseUnless(generation >= 2);
      return { type: 'generation', generation };
    }
    case TYPE.ban:
      return { type: 'ban', tag: data.bytes(BAN_TAG_BYTES) };
    default:
      return undefined;
  }
}
