import { beforeAll, describe, expect, it } from 'vitest';
import { readWitness, type Witness } from '../../src/verify/cosignature';
import {
  readLogProof,
  verifyLogProof,
  writeLogProof,
  type LogEvidence,
  type LogFault,
} from '../../src/verify/log_proof';
import { leafHash } from '../../src/verify/merkle';
import { readVerifierKey, type VerifierKey } from '../../src/verify/note';
import { fromHex } from '../support/bytes';
import { readText } from '../support/vectors';

interface Vectors {
  readonly origin: string;
  readonly log: string;
  readonly witnesses: readonly string[];
  readonly proofs: readonly Vector[];
  readonly not_proofs: readonly { readonly name: string; readonly text: string }[];
}

interface Vector {
  readonly name: string;
  readonly proof: string;
  readonly entry: string;
  readonly quorum: number;
  readonly verdict: LogFault | 'good';
}

const VECTORS = JSON.parse(readText('tlog/proof.json')) as Vectors;
let log: VerifierKey | undefined;
let witnesses: readonly Witness[] = [];

beforeAll(async () => {
  log = await readVerifierKey(VECTORS.log);
  const read = await Promise.all(VECTORS.witnesses.map(readWitness));
  witnesses = read.filter((witness) => witness !== undefined);
  expect(witnesses).toHaveLength(3);
});

async function verify(
  text: string,
  { entry, quorum }: Pick<Vector, 'entry' | 'quorum'>,
  whom = witnesses,
): Promise<LogEvidence | LogFault | undefined> {
  const proof = readLogProof(text);
  const policy = log && { origin: VECTORS.origin, log, witnesses: whom, quorum };
  return proof && policy && verifyLogProof(proof, await leafHash(fromHex(entry)), policy);
}

describe('proof files', () => {
  it.each(VECTORS.proofs)('$name: $verdict', async (vector) => {
    const verdict = await verify(vector.proof, vector);
    if (vector.verdict === 'good') expect(verdict).toHaveProperty('checkpoint');
    else expect(verdict).toBe(vector.verdict);
  });

  it.each(VECTORS.proofs)('$name is written as it was read', ({ proof }) => {
    const read = readLogProof(proof);
    expect(read && writeLogProof(read)).toBe(proof);
  });

  it.each(VECTORS.not_proofs)('are not: $name', ({ text }) => {
    expect(readLogProof(text)).toBeUndefined();
  });

  it('are not larger than 128 KiB', () => {
    const [{ proof } = { proof: '' }] = VECTORS.proofs;
    const withExtra = (length: number): string =>
      proof.replace('index', `extra ${'A'.repeat(length)}\nindex`);
    const room = 131_072 - withExtra(0).length - (withExtra(0).includes('—') ? 6 : 0);
    const fits = room - (room % 4);
    expect(readLogProof(withExtra(fits))).toBeDefined();
    expect(readLogProof(withExtra(fits + 4))).toBeUndefined();
  });

  it('show nothing when cut', async () => {
    const [vector] = VECTORS.proofs;
    const { proof = '' } = vector ?? {};
    let readable = 0;
    for (let length = 0; length < proof.length; length++) {
      const verdict = vector && (await verify(proof.slice(0, length), vector));
      if (verdict !== undefined) readable++;
      expect([undefined, 'quorum'], `${String(length)} characters`).toContain(verdict);
    }
    expect(readable).toBe(2);
  });
});

describe('what a quorum saw', () => {
  const vector = VECTORS.proofs.find(({ name }) => name === 'three witnesses');

  it.each([
    [0, 0n],
    [1, 1_795_000_020n],
    [2, 1_795_000_010n],
    [3, 1_795_000_000n],
  ])('of %d is of %d', async (quorum, time) => {
    expect(vector && (await verify(vector.proof, { ...vector, quorum }))).toMatchObject({
      witnessed: 3,
      time,
    });
  });

  it('is not what one of them saw under two names', async () => {
    const [one] = witnesses;
    const twice = one ? [one, one] : [];
    const asked = vector && { ...vector, quorum: 2 };
    expect(asked && (await verify(asked.proof, asked, twice))).toBe('quorum');
  });
});
