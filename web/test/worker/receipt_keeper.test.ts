import { expect, it } from 'vitest';
import { ReceiptKeeper } from '../../src/worker/receipt_keeper';
import { leafHash } from '../../src/verify/merkle';
import { base64, base64url } from '../../src/wire/base64';
import type { ClientMessage } from '../../src/wire/message';
import type { NodePapers } from '../../src/wire/node_papers';
import { encodePolicy, newPolicy } from '../../src/wire/policy';
import type { ReceiptTold } from '../../src/wire/receipts_view';
import { utf8 } from '../../src/wire/utf8';
import { counted } from '../support/bytes';
import { carryOut, NOW, RECEIPTS, sha256, signedNote } from '../support/operator';
import { PARIS, paris } from '../support/second_node';

const { evidence, policy: of } = carryOut({});
const PAPERS = evidence as NodePapers;
/** of another node, as they come out of the log */
const SECOND = { ...PAPERS, nodeCert: utf8(paris) };
const policy = newPolicy({
  id: counted(16, 1),
  meeting: counted(16, 2),
  countries: of.countries,
  operatorKeysHash: of.operatorKeysHash,
  logPolicyHash: of.logPolicyHash,
  nodeSetSerial: of.minNodeSetSerial,
  hostKeys: [],
  issuers: [],
  lobby: 'open',
});
const policyBytes = encodePolicy(policy);
const TERMS = { meeting: counted(16, 3), member: counted(16, 4), policy, policyBytes };
const IDS = {
  type: 'receipt_ids',
  meeting: base64url(TERMS.meeting),
  member: base64url(TERMS.member),
};

const receiptText = async (): Promise<string> => `in-camera/route-receipt/v1
node eu-fra-1.meet.example.org 7
cert ${base64(await leafHash(PAPERS.nodeCert))}
meeting ${base64(TERMS.meeting)}
member ${base64(TERMS.member)}
policy ${base64(sha256(policyBytes))}
interval 2026-11-25T12:00:00Z 60
seq 1
prev -
region DE
in 10 1000
out 10 1000
rtt-min-us -
drop 0
end no
`;

interface Kept {
  keeper: ReceiptKeeper;
  said: ClientMessage[];
  told: ReceiptTold[];
  asked: string[];
}

function keeper(): Kept {
  const asked: string[] = [];
  const said: ClientMessage[] = [];
  const told: ReceiptTold[] = [];
  const outlets = {
    now: () => NOW * 1000,
    say: (message: ClientMessage) => void said.push(message),
    tell: (event: ReceiptTold) => void told.push(event),
    relayPapers: (node: string) => {
      asked.push(node);
      return Promise.resolve(node === PARIS ? SECOND : null);
    },
  };
  return { keeper: new ReceiptKeeper(outlets), said, told, asked };
}

const settled = async (told: readonly ReceiptTold[], count: number): Promise<void> => {
  for (let i = 0; i < 200 && told.length < count; i++)
    await new Promise((done) => setTimeout(done));
  expect(told).toHaveLength(count);
};

const fileOf = (event: ReceiptTold | undefined): string =>
  Buffer.from((event?.type === 'evidence' && event.file) || []).toString('latin1');

it('says its ids in the turn in which it is in, before anything can be joined', () => {
  const { keeper: one, said } = keeper();
  one.begin(TERMS);
  expect(said).toEqual([{ ...IDS, seq: 0 }]);
});

it('takes what comes, with papers that came before it was in, and goes on from it elsewhere', async () => {
  const { keeper: one, said, told } = keeper();
  const text = await receiptText();
  one.accept(PAPERS);
  one.begin(TERMS);
  one.carriedBy('eu-fra-1.meet.example.org');
  one.ask({ type: 'receipts-written', isWriting: true });
  const receipt = base64url(utf8(signedNote(text, [RECEIPTS])));
  one.ask({ type: 'receipt-came', receipt, counts: null });
  one.ask({ type: 'write-evidence' });
  await settled(told, 3);
  expect(told[0]).toMatchObject({ receipts: { isWriting: true, count: 0 } });
  expect(told[1]).toMatchObject({ receipts: { count: 1, seconds: 60, fault: null } });
  expect(told[2]).toMatchObject({ type: 'evidence', file: expect.any(Uint8Array) as unknown });
  one.again();
  expect(said[1]).toEqual({ ...IDS, seq: 1, prev: base64url(sha256(utf8(text))) });
  // Another leaf is the same participant: one chain, the same ids.
  one.begin({ ...TERMS, member: counted(16, 9) });
  one.ask({ type: 'write-evidence' });
  await settled(told, 4);
  expect(said.at(-1)).toEqual(said[1]);
});

it('notes that a node was lost when the line went with it, and not when the node kept the transport', async () => {
  const { keeper: one, told } = keeper();
  one.accept(PAPERS);
  one.begin(TERMS);
  one.carriedBy('eu-fra-1.meet.example.org');
  one.ask({ type: 'receipts-written', isWriting: true });
  one.line(false);
  one.line(true);
  one.resume(true);
  one.ask({ type: 'receipts-written', isWriting: true });
  one.ask({ type: 'write-evidence' });
  await settled(told, 3);
  expect(fileOf(told[2])).not.toContain('lost\0');
  one.line(false);
  one.line(true);
  one.resume(false);
  one.ask({ type: 'receipts-written', isWriting: true });
  one.ask({ type: 'write-evidence' });
  await settled(told, 5);
  expect(fileOf(told[4])).toContain('lost\0');
});

it('notes it when the transport went alone, unless its node has said its last', async () => {
  const { keeper: one, told } = keeper();
  const text = await receiptText();
  one.accept(PAPERS);
  one.begin(TERMS);
  one.carriedBy('eu-fra-1.meet.example.org');
  one.ask({ type: 'receipts-written', isWriting: true });
  one.mediaLost();
  const last = base64url(utf8(signedNote(text.replace('end no', 'end lost'), [RECEIPTS])));
  one.ask({ type: 'receipt-came', receipt: last, counts: null });
  one.ask({ type: 'receipts-written', isWriting: true });
  one.ask({ type: 'write-evidence' });
  await settled(told, 4);
  expect(fileOf(told[3])).not.toContain('lost\0');
  one.mediaLost();
  one.ask({ type: 'receipts-written', isWriting: true });
  one.ask({ type: 'write-evidence' });
  await settled(told, 6);
  expect(fileOf(told[5])).toContain('lost\0');
});

it('a node that passes packets on does not sign for the one that carries us', async () => {
  const { keeper: one, told } = keeper();
  one.accept(PAPERS);
  one.begin(TERMS);
  one.carriedBy(PARIS);
  const receipt = base64url(utf8(signedNote(await receiptText(), [RECEIPTS])));
  one.ask({ type: 'receipt-came', receipt, counts: null });
  await settled(told, 1);
  const fault = { number: 1, reason: 'foreign_node' };
  expect(told[0]).toMatchObject({ receipts: { count: 1, fault } });
});

it.each([
  [PARIS, null, 'node-cert/2'],
  ['us1.meet.example.org', { number: 1, reason: 'hidden_relay' }, 'node-cert/1'],
])('a node to which packets were passed on is looked for: %s', async (node, fault, shown) => {
  const { keeper: one, told, asked } = keeper();
  one.accept(PAPERS);
  one.begin(TERMS);
  one.carriedBy('eu-fra-1.meet.example.org');
  const relay = `relay-to ${node} 5 500\nrelay-from ${node} 5 500\n`;
  const text = (await receiptText()).replace('rtt-min-us', `${relay}rtt-min-us`);
  const receipt = base64url(utf8(signedNote(text, [RECEIPTS])));
  one.ask({ type: 'receipt-came', receipt, counts: null });
  one.ask({ type: 'write-evidence' });
  await settled(told, 2);
  expect(told[0]).toMatchObject({ receipts: { count: 1, fault } });
  expect(asked).toEqual([node]);
  expect(fileOf(told[1])).toContain(`${shown}\0`);
});

it('has nothing to show when it was never in', async () => {
  const { keeper: one, told } = keeper();
  one.ask({ type: 'write-evidence' });
  await settled(told, 1);
  expect(told[0]).toEqual({ type: 'evidence', file: null });
});
