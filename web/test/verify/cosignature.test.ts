import { describe, expect, it } from 'vitest';
import { openCheckpoint } from '../../src/verify/checkpoint';
import { cosignedAt, readWitness } from '../../src/verify/cosignature';
import { readVerifierKey } from '../../src/verify/note';
import { readText } from '../support/vectors';

interface Vectors {
  readonly vkey: string;
  readonly not_vkeys: readonly string[];
  readonly signed: readonly {
    readonly vkey: string;
    readonly text: string;
    readonly time: string;
    readonly line: string;
  }[];
  readonly notes: readonly {
    readonly name: string;
    readonly note: string;
    readonly times: readonly string[] | null;
  }[];
  readonly real: {
    readonly note: string;
    readonly log: string;
    readonly witnesses: readonly string[];
    readonly time: string;
  };
}

const VECTORS = JSON.parse(readText('tlog/cosignature.json')) as Vectors;

const timesOf = async (note: string, vkey: string): Promise<readonly string[] | undefined> => {
  const witness = await readWitness(vkey);
  expect(witness).toBeDefined();
  return witness && (await cosignedAt(note, witness))?.map(String);
};

describe('a checkpoint of a public log', () => {
  const { note, log, witnesses, time } = VECTORS.real;

  it('is signed by the log', async () => {
    const key = await readVerifierKey(log);
    const checkpoint = key && (await openCheckpoint(note, key, key.name));
    expect(checkpoint?.size).toBe(1_432_088_532);
  });

  it.each(witnesses)('is cosigned by %s', async (vkey) => {
    expect(await timesOf(note, vkey)).toEqual([time]);
    expect(await timesOf(note.replace('1432088532', '1432088533'), vkey)).toBeUndefined();
  });
});

describe('cosignatures', () => {
  it.each(VECTORS.signed)('of $time', async ({ vkey, text, time, line }) => {
    expect(await timesOf(`${text}\n${line}`, vkey)).toEqual([time]);
  });

  it.each(VECTORS.notes)('$name', async ({ note, times }) => {
    expect(await timesOf(note, VECTORS.vkey)).toEqual(times ?? undefined);
  });

  it('are below a text of at most 4096 bytes', async () => {
    const line = '— other AAAAAAA=\n';
    expect(await timesOf(`${'a'.repeat(4095)}\n\n${line}`, VECTORS.vkey)).toEqual([]);
    expect(await timesOf(`${'a'.repeat(4096)}\n\n${line}`, VECTORS.vkey)).toBeUndefined();
    expect(await timesOf('no note', VECTORS.vkey)).toBeUndefined();
  });
});

describe('the key of a witness', () => {
  it.each(VECTORS.not_vkeys)('is not %s', async (text) => {
    expect(await readWitness(text)).toBeUndefined();
  });

  it('is no key of a log', async () => {
    expect(await readVerifierKey(VECTORS.vkey)).toBeUndefined();
  });
});
