// Tiles (C2SP tlog-tiles): a log as static files, each with up to 256 hashes of one level of its tree,
// and the bundles of its entries.

import { concat, pieces, Reader, type Bytes } from '../wire/bytes';
import { HASH_BYTES, nodeHash } from './merkle';
import type { ReadHash } from './prover';

const WIDTH = 256;
const HEIGHT = 8;

/** Hashes of a level, or the entries below those of level 0. */
export interface Tile {
  readonly level: number | 'entries';
  readonly index: number;
  /** 1 to 256 */
  readonly width: number;
}

/** `tile/<level>/<index>`, and `.p/<width>` behind it when the tile is partial. */
export function tilePath({ level, index, width }: Tile): string {
  const groups = String(index).padStart(Math.ceil(String(index).length / 3) * 3, '0');
  const [last = '', ...above] = (groups.match(/[0-9]{3}/g) ?? []).reverse();
  const folders = above.reverse().map((group) => `x${group}/`);
  const partial = width < WIDTH ? `.p/${String(width)}` : '';
  return `tile/${String(level)}/${folders.join('')}${last}${partial}`;
}

/** Of the tile in a log of so many entries; 0: it has none there. */
export function tileWidth(level: number, index: number, size: number): number {
  const hashes = Math.floor(size / 2 ** (HEIGHT * level));
  return Math.max(0, Math.min(WIDTH, hashes - index * WIDTH));
}

/** The hashes of a tile of that width. */
export function readTile(bytes: Uint8Array, width: number): readonly Bytes[] | undefined {
  return bytes.length === width * HASH_BYTES ? pieces(bytes, HASH_BYTES) : undefined;
}

/** The entries of a bundle of that width. */
export function readBundle(bytes: Uint8Array, width: number): readonly Bytes[] | undefined {
  const reader = new Reader(bytes);
  const entries: Bytes[] = [];
  while (reader.left > 0) entries.push(reader.vector(0, 0xffff));
  return reader.isWhole && entries.length === width ? entries : undefined;
}

export function writeBundle(entries: readonly Uint8Array[]): Bytes {
  return concat(
    ...entries.flatMap((entry) => {
      if (entry.length > 0xffff) throw new RangeError('an entry has at most 65,535 bytes');
      return [Uint8Array.of(entry.length >> 8, entry.length & 255), entry];
    }),
  );
}

/**
 * The hashes of a log of so many entries, out of its tiles. What is proved with them is as true as the
 * tiles are: it is verified against a root.
 */
export function hashesInTiles(
  size: number,
  read: (tile: Tile) => Promise<readonly Bytes[] | undefined>,
): ReadHash {
  let held: (Tile & { readonly hashes: readonly Bytes[] }) | undefined;
  return async (level, index) => {
    const height = level % HEIGHT;
    const perTile = WIDTH / 2 ** height;
    const [tileLevel, tileIndex] = [(level - height) / HEIGHT, Math.floor(index / perTile)];
    if (held?.level !== tileLevel || held.index !== tileIndex) {
      const width = tileWidth(tileLevel, tileIndex, size);
      const tile = { level: tileLevel, index: tileIndex, width };
      const hashes = width > 0 ? await read(tile) : undefined;
      held = hashes?.length === width ? { ...tile, hashes } : undefined;
    }
    const from = (index % perTile) * 2 ** height;
    const leaves = held?.hashes.slice(from, from + 2 ** height);
    return leaves?.length === 2 ** height ? rootOfComplete(leaves) : undefined;
  };
}

async function rootOfComplete(hashes: readonly Bytes[]): Promise<Bytes | undefined> {
  let level = hashes;
  while (level.length > 1) {
    const above: Bytes[] = [];
    for (let at = 0; at < level.length; at += 2) {
      const [left, right] = level.slice(at, at + 2);
      if (left && right) above.push(await nodeHash(left, right));
    }
    level = above;
  }
  return level[0];
}
