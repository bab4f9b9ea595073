import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { openCheckpoint } from '../../src/verify/checkpoint';
import { isConsistent, isIncluded, leafHash } from '../../src/verify/merkle';
import { readVerifierKey } from '../../src/verify/note';
import { proveConsistency, proveInclusion, rootAt } from '../../src/verify/prover';
import {
  hashesInTiles,
  readBundle,
  readTile,
  tilePath,
  tileWidth,
  writeBundle,
  type Tile,
} from '../../src/verify/tile';
import { concat, type Bytes } from '../../src/wire/bytes';
import { expectOnlyWhole, fromHex, hex } from '../support/bytes';
import { readText } from '../support/vectors';

interface Vectors {
  readonly paths: readonly (Tile & { readonly path: string })[];
  readonly size: number;
  readonly root: string;
  readonly tiles: readonly { readonly path: string; readonly sha256: string }[];
  readonly inclusion: readonly {
    readonly index: number;
    readonly size: number;
    readonly root: string;
    readonly proof: readonly string[];
  }[];
  readonly consistency: readonly {
    readonly older: number;
    readonly newer: number;
    readonly older_root: string;
    readonly newer_root: string;
    readonly proof: readonly string[];
  }[];
}

interface Tessera {
  readonly vkey: string;
  readonly logs: readonly {
    readonly size: number;
    readonly checkpoint: string;
    readonly tile: string;
    readonly entries: string;
  }[];
}

const VECTORS = JSON.parse(readText('tlog/tiles.json')) as Vectors;
const TESSERA = JSON.parse(readText('tlog/tessera.json')) as Tessera;
const sha256 = (...parts: readonly Uint8Array[]): Bytes =>
  new Uint8Array(
    createHash('sha256')
      .update(concat(...parts))
      .digest(),
  );

/** The complete subtrees of the log whose entry i is i in 4 bytes, level by level. */
const LEVELS = levels(
  Array.from({ length: VECTORS.size }, (_, index) =>
    sha256(Uint8Array.of(0, 0, index >> 16, (index >> 8) & 255, index & 255)),
  ),
);

describe('paths of tiles', () => {
  it.each(VECTORS.paths)('$path', ({ path, ...tile }) => {
    expect(tilePath(tile)).toBe(path);
  });
});

describe('the log of 70,000 entries', () => {
  it('has the tiles of the standard', () => {
    const tiles: { path: string; sha256: string }[] = [];
    for (let level = 0; tileWidth(level, 0, VECTORS.size) > 0; level++) {
      for (let index = 0; tileWidth(level, index, VECTORS.size) > 0; index++) {
        const tile = { level, index, width: tileWidth(level, index, VECTORS.size) };
        tiles.push({ path: tilePath(tile), sha256: hex(sha256(...hashesAt(tile))) });
      }
    }
    expect(tiles).toHaveLength(273 + 1 + 1 + 1 + 1);
    expect(tiles).toEqual(VECTORS.tiles);
  });

  it.each(VECTORS.inclusion)('has entry $index of $size', async (vector) => {
    const { index, size } = vector;
    const read = hashesInTiles(size, tilesOf(size));
    const root = fromHex(vector.root);
    const proof = await proveInclusion(index, size, read);
    expect(proof?.map(hex)).toEqual(vector.proof);
    expect(await rootAt(size, read)).toEqual(root);
    const leaf = LEVELS[0]?.[index] ?? new Uint8Array();
    expect(await isIncluded(leaf, index, { size, root }, proof ?? [])).toBe(true);
  });

  it.each(VECTORS.consistency)('begins at $newer as at $older', async (vector) => {
    const { older, newer } = vector;
    const read = hashesInTiles(newer, tilesOf(newer));
    const proof = await proveConsistency(older, newer, read);
    expect(proof?.map(hex)).toEqual(vector.proof);
    const earlier = { size: older, root: fromHex(vector.older_root) };
    const later = { size: newer, root: fromHex(vector.newer_root) };
    expect(await rootAt(older, read)).toEqual(earlier.root);
    expect(await isConsistent(earlier, later, proof ?? [])).toBe(true);
  });

  it('proves nothing that is not there', async () => {
    const read = hashesInTiles(10, tilesOf(10));
    expect(await proveInclusion(10, 10, read)).toBeUndefined();
    expect(await proveInclusion(-1, 10, read)).toBeUndefined();
    expect(await proveInclusion(0.5, 10, read)).toBeUndefined();
    expect(await proveInclusion(3, 12, read)).toBeUndefined();
    expect(await proveConsistency(0, 10, read)).toBeUndefined();
    expect(await proveConsistency(8, 7, read)).toBeUndefined();
    expect(await proveConsistency(8, 300, read)).toBeUndefined();
    expect(await rootAt(2 ** 53, read)).toBeUndefined();
    const none = hashesInTiles(10, () => Promise.resolve(undefined));
    expect(await proveInclusion(3, 10, none)).toBeUndefined();
    const short = hashesInTiles(10, () => Promise.resolve(LEVELS[0]?.slice(0, 9)));
    expect(await proveInclusion(3, 10, short)).toBeUndefined();
  });
});

describe('a log of another implementation', () => {
  it.each(TESSERA.logs)('of $size entries', async ({ size, checkpoint, tile, entries }) => {
    const key = await readVerifierKey(TESSERA.vkey);
    const head = key && (await openCheckpoint(checkpoint, key, key.name));
    expect(head?.size).toBe(size);
    const hashes = readTile(fromHex(tile), size);
    const read = hashesInTiles(size, () => Promise.resolve(hashes));
    expect(await rootAt(size, read)).toEqual(head?.root);
    const bundle = readBundle(fromHex(entries), size);
    expect(await Promise.all((bundle ?? []).map(leafHash))).toEqual(hashes);
    expect(bundle && hex(writeBundle(bundle))).toBe(entries);
  });
});

describe('what is fetched', () => {
  it('is a tile of the width that it must have', () => {
    expect(readTile(new Uint8Array(64), 2)).toHaveLength(2);
    expect(readTile(new Uint8Array(64), 1)).toBeUndefined();
    expect(readTile(new Uint8Array(63), 2)).toBeUndefined();
  });

  it('is a bundle of as many entries', () => {
    const bundle = Uint8Array.of(0, 3, 1, 2, 3, 0, 0, 0, 1, 7);
    expectOnlyWhole(bundle, (bytes) => readBundle(bytes, 3));
    expect(readBundle(bundle, 2)).toBeUndefined();
    expect(readBundle(bundle, 4)).toBeUndefined();
    expect(() => writeBundle([new Uint8Array(65_536)])).toThrow(RangeError);
  });
});

function levels(leaves: readonly Bytes[]): readonly (readonly Bytes[])[] {
  const all = [leaves];
  for (let below = leaves; below.length > 1;) {
    const above = Array.from({ length: Math.floor(below.length / 2) }, (_, index) =>
      sha256(Uint8Array.of(1), ...below.slice(2 * index, 2 * index + 2)),
    );
    all.push(above);
    below = above;
  }
  return all;
}

function hashesAt({ level, index, width }: Tile): readonly Bytes[] {
  return LEVELS[Number(level) * 8]?.slice(index * 256, index * 256 + width) ?? [];
}

/** Only tiles that a server of that very size has. */
function tilesOf(size: number): (tile: Tile) => Promise<readonly Bytes[]> {
  return (tile) => {
    expect(tile.width).toBe(tileWidth(Number(tile.level), tile.index, size));
    return Promise.resolve(hashesAt(tile));
  };
}
