import { createHash, sign, createPrivateKey, createPublicKey } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { openCheckpoint, originOf, readCheckpoint } from '../../src/verify/checkpoint';
import {
  append,
  EMPTY,
  frontierOf,
  isConsistent,
  isIncluded,
  leafHash,
  nodeHash,
  rootOf,
  type Frontier,
} from '../../src/verify/merkle';
import { openNote, readVerifierKey } from '../../src/verify/note';
import { base64, fromBase64 } from '../../src/wire/base64';
import type { Bytes } from '../../src/wire/bytes';
import { pkcs8OfSeed } from '../../src/wire/ed25519';
import { counted, hex } from '../support/bytes';
import { readText } from '../support/vectors';

interface Inclusion {
  readonly _file: string;
  readonly leafIdx: number;
  readonly treeSize: number;
  readonly root: string;
  readonly leafHash: string;
  readonly proof: readonly string[] | null;
  readonly wantErr: boolean;
}

interface Consistency {
  readonly _file: string;
  readonly size1: number;
  readonly size2: number;
  readonly root1: string;
  readonly root2: string;
  readonly proof: readonly string[] | null;
  readonly wantErr: boolean;
}

const read = (name: string): unknown => JSON.parse(readText(`tlog/${name}`));
const INCLUSION = read('rfc6962-inclusion.json') as readonly Inclusion[];
const CONSISTENCY = read('rfc6962-consistency.json') as readonly Consistency[];
const bytes = (text: string): Bytes => fromBase64(text) ?? new Uint8Array();

describe('proofs of inclusion', () => {
  it.each(INCLUSION)('$_file', async (vector) => {
    const head = { size: vector.treeSize, root: bytes(vector.root) };
    const proof = vector.proof?.map(bytes) ?? [];
    const isGood = await isIncluded(bytes(vector.leafHash), vector.leafIdx, head, proof);
    expect(isGood).toBe(!vector.wantErr);
  });
});

describe('proofs of consistency', () => {
  it.each(CONSISTENCY)('$_file', async (vector) => {
    const earlier = { size: vector.size1, root: bytes(vector.root1) };
    const later = { size: vector.size2, root: bytes(vector.root2) };
    const isGood = await isConsistent(earlier, later, vector.proof?.map(bytes) ?? []);
    expect(isGood).toBe(!vector.wantErr);
  });
});

describe('a log', () => {
  const entries = Array.from({ length: 70 }, (_, index) => counted(index, index));

  it('has the root that its definition gives, at every size', async () => {
    let frontier: Frontier = EMPTY;
    expect(await rootOf(EMPTY)).toEqual(treeHash([]));
    for (const [index, entry] of entries.entries()) {
      frontier = await append(frontier, entry);
      expect(frontier.size).toBe(index + 1);
      expect(hex(await rootOf(frontier))).toBe(hex(treeHash(entries.slice(0, index + 1))));
      expect(frontierOf(frontier.size, frontier.hashes)).toEqual(frontier);
    }
  });

  it('goes on from what a newcomer was told', async () => {
    let frontier: Frontier = EMPTY;
    for (const entry of entries.slice(0, 13)) frontier = await append(frontier, entry);
    const told = frontierOf(13, [...frontier.hashes]);
    expect(told && (await append(told, counted(1)))).toEqual(await append(frontier, counted(1)));
  });

  it('has as many complete subtrees as its size has ones', () => {
    const hash = counted(32);
    expect(frontierOf(5, [hash, hash])).toBeDefined();
    expect(frontierOf(5, [hash])).toBeUndefined();
    expect(frontierOf(5, [hash, hash, hash])).toBeUndefined();
    expect(frontierOf(5, [hash, counted(31)])).toBeUndefined();
    expect(frontierOf(-1, [])).toBeUndefined();
    expect(frontierOf(1.5, [hash])).toBeUndefined();
    expect(frontierOf(2 ** 53, [hash])).toBeUndefined();
    expect(frontierOf(2 ** 52, [hash])).toBeDefined();
  });

  it('tells leaves from nodes', async () => {
    const [left, right] = [await leafHash(counted(1)), await leafHash(counted(2))];
    expect(await leafHash(Uint8Array.of(...left, ...right))).not.toEqual(
      await nodeHash(left, right),
    );
  });
});

describe('a signed note', () => {
  const note = readText('tlog/signed-note.txt');
  const vkey = readText('tlog/signed-note.vkey').trim();

  it('opens with its key', async () => {
    const key = await readVerifierKey(vkey);
    expect(key?.name).toBe('example.com/foo');
    expect(key && (await openNote(note, key))).toBe('This is an example message.\n');
  });

  it('ignores signatures of others', async () => {
    const key = await readVerifierKey(vkey);
    const other = `— example.org ${base64(counted(68))}\n`;
    expect(key && (await openNote(note + other, key))).toBe('This is an example message.\n');
  });

  // As White_Space has it, and so as the server does: a next line is space, a byte order mark is none.
  it.each([
    ['\u0085', undefined],
    ['\u3000', undefined],
    ['\uFEFF', 'This is an example message.\n'],
  ])('of a signature by a name with %j', async (character, text) => {
    const key = await readVerifierKey(vkey);
    const other = `— ex${character}ample.org ${base64(counted(68))}\n`;
    expect(key && (await openNote(note + other, key))).toBe(text);
  });

  it.each([
    ['another text', note.replace('example', 'Example')],
    ['another signature', note.replace('Uw2QOkn8', 'Uw2QOkn9')],
    ['no line end', note.slice(0, -1)],
    ['no signature', 'This is an example message.\n\n'],
    ['another name', note.replace('— example.com/foo', '— example.com/bar')],
    ['a broken line', `${note}— x\n`],
    ['its signature twice', note + note.slice(note.indexOf('—'))],
    ['too many signatures', note + `— x ${base64(counted(68))}\n`.repeat(16)],
    ['nothing', ''],
  ])('does not open with %s', async (_, wrong) => {
    const key = await readVerifierKey(vkey);
    expect(key).toBeDefined();
    expect(key && (await openNote(wrong, key))).toBeUndefined();
  });

  it.each([
    vkey.replace('530d903a', '530d903b'),
    vkey.replace('foo', 'bar'),
    vkey.replace('+Aek', '+Bek'),
    vkey.slice(0, -4),
    'example.com/foo',
    '',
  ])('has no key %s', async (wrong) => {
    expect(await readVerifierKey(wrong)).toBeUndefined();
  });
});

describe('a checkpoint', () => {
  const origin = originOf('meet.example.org', counted(2));
  const root = base64(counted(32));
  const text = `${origin}\n12\n${root}\n`;

  it('has the lines of the standard', () => {
    const [text = ''] = readText('tlog/checkpoint-format-example.txt').split(/(?<=\n)\n/);
    expect(readCheckpoint(text)).toEqual({
      origin: 'example.com/behind-the-sofa',
      size: 20_852_163,
      root: fromBase64('CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I='),
    });
  });

  it('opens for its origin and its key', async () => {
    const { note, vkey } = signed(text);
    const key = await readVerifierKey(vkey);
    expect(origin).toBe('meet.example.org/m/0001');
    expect(key && (await openCheckpoint(note, key, origin))).toEqual({
      origin,
      size: 12,
      root: counted(32),
    });
    expect(key && (await openCheckpoint(note, key, `${origin}0`))).toBeUndefined();
    const stranger = await readVerifierKey(signed(text, 7).vkey);
    expect(stranger && (await openCheckpoint(note, stranger, origin))).toBeUndefined();
  });

  it.each([
    `${origin}\n012\n${root}\n`,
    `${origin}\n-1\n${root}\n`,
    `${origin}\n9007199254740993\n${root}\n`,
    `${origin}\n12\n${root.slice(4)}\n`,
    `${origin}\n12\n${root}`,
    `${origin}\n12\n${root}\nmore\n`,
    `two words\n12\n${root}\n`,
    `\n12\n${root}\n`,
  ])('is not %j', (wrong) => {
    expect(readCheckpoint(wrong)).toBeUndefined();
  });
});

/** RFC 6962 2.1, as it is written there. */
function treeHash(entries: readonly Uint8Array[]): Bytes {
  const [first] = entries;
  const hash = (...parts: Uint8Array[]): Bytes =>
    new Uint8Array(createHash('sha256').update(Buffer.concat(parts)).digest());
  if (!first) return hash();
  if (entries.length === 1) return hash(Uint8Array.of(0), first);
  let k = 1;
  while (k * 2 < entries.length) k *= 2;
  return hash(Uint8Array.of(1), treeHash(entries.slice(0, k)), treeHash(entries.slice(k)));
}

function signed(text: string, seed = 1): { readonly note: string; readonly vkey: string } {
  const name = 'meet.example.org';
  const pkcs8 = Buffer.from(pkcs8OfSeed(counted(32, seed)));
  const privateKey = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });
  const { x = '' } = createPublicKey(privateKey).export({ format: 'jwk' });
  const typed = Buffer.concat([Buffer.of(1), Buffer.from(x, 'base64url')]);
  const digest = createHash('sha256').update(Buffer.concat([Buffer.from(`${name}\n`), typed]));
  const id = digest.digest().subarray(0, 4);
  const signature = sign(null, Buffer.from(text), privateKey);
  const line = `— ${name} ${Buffer.concat([id, signature]).toString('base64')}\n`;
  const vkey = `${name}+${id.toString('hex')}+${typed.toString('base64')}`;
  return { note: `${text}\n${line}`, vkey };
}
