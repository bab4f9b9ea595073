import { describe, expect, it } from 'vitest';
import {
  judgeCheckpoint,
  readLogPolicy,
  type LogPolicy,
  type LogPolicyFault,
} from '../../src/verify/log_policy';
import type { LogFault } from '../../src/verify/log_proof';
import { fromUtf8, utf8 } from '../../src/wire/utf8';
import { base64 } from '../../src/wire/base64';
import { readText } from '../support/vectors';

interface Vectors {
  readonly policies: readonly {
    readonly name: string;
    readonly text: string;
    readonly logs: readonly { readonly vkey: string }[];
    readonly witnesses: readonly { readonly name: string; readonly vkey: string }[];
    readonly groups: readonly {
      readonly name: string;
      readonly threshold: number;
      readonly members: readonly string[];
    }[];
    readonly quorum: string;
  }[];
  readonly not_policies: readonly {
    readonly name: string;
    readonly text: string;
    readonly line: number;
    readonly fault: LogPolicyFault;
  }[];
  readonly judgements: readonly {
    readonly name: string;
    readonly policy: string;
    readonly checkpoint: string;
    readonly verdict: LogFault | 'good';
    readonly witnessed?: number;
    readonly time?: number;
  }[];
}

const VECTORS = JSON.parse(readText('tlog/log_policy.json')) as Vectors;

const policyOf = async (text: string): Promise<LogPolicy> => {
  const policy = await readLogPolicy(utf8(text));
  if ('fault' in policy) throw new Error(`${policy.fault} in line ${policy.line}`);
  return policy;
};

/** Names are octets, one character each. */
const nameOf = (octets: string): string | undefined =>
  fromUtf8(Uint8Array.from(octets, (octet) => octet.charCodeAt(0)));

describe('policies', () => {
  it.each(VECTORS.policies)('$name', async ({ text, logs, witnesses, groups, quorum }) => {
    const policy = await policyOf(text);
    expect(policy.logs.map(({ publicKey }) => base64(Uint8Array.of(1, ...publicKey)))).toEqual(
      logs.map(({ vkey }) => vkey.split('+').slice(2).join('+')),
    );
    expect(
      [...policy.witnesses].map(([name, { cosigner }]) => ({
        name: nameOf(name),
        key: base64(Uint8Array.of(4, ...cosigner.publicKey)),
      })),
    ).toEqual(
      witnesses.map(({ name, vkey }) => ({ name, key: vkey.split('+').slice(2).join('+') })),
    );
    expect(
      policy.groups.map(({ name, threshold, members }) => ({
        name: nameOf(name),
        threshold,
        members: members.map(nameOf),
      })),
    ).toEqual(groups);
    expect(policy.quorum === undefined ? 'none' : nameOf(policy.quorum)).toBe(quorum);
  });

  it.each(VECTORS.not_policies)('are not: $name', async ({ text, line, fault }) => {
    expect(await readLogPolicy(utf8(text))).toEqual({ fault, line });
  });

  it('have at most 64 KiB', async () => {
    const [{ text } = { text: '' }] = VECTORS.policies;
    const comment = (bytes: number): string => `#${'x'.repeat(bytes - 2)}\n`;
    const room = 65_536 - utf8(text).length;
    expect(await readLogPolicy(utf8(comment(room) + text))).not.toHaveProperty('fault');
    const tooLong = await readLogPolicy(utf8(comment(room + 1) + text));
    expect(tooLong).toEqual({ fault: 'size', line: 0 });
  });

  it('may hold octets that are no text, but not in a key', async () => {
    const [{ text } = { text: '' }] = VECTORS.policies;
    const octets = Uint8Array.of(35, 255, 10, ...utf8(text));
    expect(await readLogPolicy(octets)).not.toHaveProperty('fault');
    const key = Uint8Array.of(...utf8('log a'), 255, ...utf8('+00000000+AAAA\n'));
    expect(await readLogPolicy(key)).toEqual({ fault: 'key', line: 1 });
  });
});

describe('a checkpoint', () => {
  it.each(VECTORS.judgements)('$name: $verdict', async (vector) => {
    const judged = await judgeCheckpoint(vector.checkpoint, await policyOf(vector.policy));
    if (vector.verdict !== 'good') expect(judged).toBe(vector.verdict);
    else {
      const { witnessed, time } = vector;
      expect(judged).toMatchObject({ witnessed, time: BigInt(time ?? -1) });
    }
  });
});
