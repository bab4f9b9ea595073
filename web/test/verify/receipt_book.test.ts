import { describe, expect, it } from 'vitest';
import { ReceiptBook } from '../../src/verify/receipt_book';
import { papersInLog } from '../../src/verify/logged_papers';
import { archive } from '../../src/verify/ustar';
import { leafHash } from '../../src/verify/merkle';
import { base64 } from '../../src/wire/base64';
import type { Bytes } from '../../src/wire/bytes';
import { encodePolicy, newPolicy } from '../../src/wire/policy';
import type { TransportCounts } from '../../src/wire/receipts_view';
import { fromUtf8, utf8 } from '../../src/wire/utf8';
import { counted } from '../support/bytes';
import { logFiles } from '../support/log_files';
import { PARIS, paris } from '../support/second_node';
import { readBytes } from '../support/vectors';
import { carryOut, NOW, RECEIPTS, sha256, signedNote, STRANGER } from '../support/operator';

const { evidence, policy: terms } = carryOut({});
const PAPERS = evidence as Parameters<ReceiptBook['accept']>[0];
const POLICY = newPolicy({
  id: counted(16, 1),
  meeting: counted(16, 2),
  countries: terms.countries,
  operatorKeysHash: terms.operatorKeysHash,
  logPolicyHash: terms.logPolicyHash,
  nodeSetSerial: terms.minNodeSetSerial,
  hostKeys: [],
  issuers: [],
  lobby: 'open',
});
const POLICY_BYTES = encodePolicy(POLICY);
const IDS = { meeting: counted(16, 3), member: counted(16, 4) };

interface Lines {
  readonly start: number;
  readonly length: number;
  readonly seq: number;
  readonly prev: string;
  readonly packets: number;
  readonly end: string;
  readonly more: string;
  readonly region: string;
  readonly member: Bytes;
}

async function text(lines: Partial<Lines>): Promise<string> {
  const { start = NOW, length = 60, seq = 1, prev = '-', packets = 1000, end = 'no' } = lines;
  const { more = '', region = 'DE', member = IDS.member } = lines;
  const cert = base64(await leafHash(PAPERS.nodeCert));
  const time = new Date(start * 1000).toISOString().replace('.000Z', 'Z');
  return `in-camera/route-receipt/v1
node eu-fra-1.meet.example.org 7
cert ${cert}
meeting ${base64(IDS.meeting)}
member ${base64(member)}
policy ${base64(sha256(POLICY_BYTES))}
interval ${time} ${length}
seq ${seq}
prev ${prev}
region ${region}
in ${packets} ${packets * 100}
out ${packets * 2} ${packets * 200}
${more}rtt-min-us -
drop 0
end ${end}
`;
}

const HOME = 'eu-fra-1.meet.example.org';

const open = async (): Promise<ReceiptBook> => {
  const book = await ReceiptBook.open(POLICY, POLICY_BYTES, IDS, NOW);
  await book.accept(PAPERS, NOW);
  book.carriedBy(HOME, NOW);
  return book;
};

/** Cumulative, as a transport counts. */
const counts = (sent: number, received = sent * 2): TransportCounts => ({
  packetsSent: sent,
  bytesSent: sent * 100,
  packetsReceived: received,
  bytesReceived: received * 100,
});

/** Each one follows the one before, unless its lines say otherwise. */
async function take(
  book: ReceiptBook,
  rows: readonly Partial<Lines>[],
  count: (total: number) => TransportCounts | null = counts,
  signer = RECEIPTS,
): Promise<void> {
  let before = '';
  let start = NOW;
  let total = 0;
  for (const [at, row] of rows.entries()) {
    const prev = at === 0 ? '-' : base64(sha256(utf8(before)));
    const lines = { start, seq: at + 1, prev, ...row };
    before = await text(lines);
    start += row.length ?? 60;
    total += row.packets ?? 1000;
    await book.take(utf8(signedNote(before, [signer])), count(total), start);
  }
}

describe('the book of receipts', () => {
  it('has nothing to say before the node spoke', async () => {
    const book = await open();
    expect(book.view).toEqual({ isWriting: null, count: 0, seconds: 0, copies: [], fault: null });
    book.tell(true, NOW, null);
    expect(book.view.isWriting).toBe(true);
    expect(book.newest).toBeUndefined();
  });

  it('takes what follows, and goes on from the newest', async () => {
    const book = await open();
    await take(book, [{}, {}, { length: 12, end: 'leave' }]);
    expect(book.view).toMatchObject({ count: 3, seconds: 132, fault: null });
    expect(book.newest?.seq).toBe(3);
  });

  it.each([
    ['foreign_node', 1, [{ region: 'FR' }]],
    ['ids', 1, [{ member: counted(16, 9) }]],
    ['seq', 1, [{ seq: 2, prev: base64(counted(32, 1)) }]],
    ['prev', 2, [{}, { prev: base64(counted(32, 1)) }]],
    ['gap', 2, [{}, { start: NOW + 70 }]],
    ['overlap', 2, [{}, { start: NOW + 50 }]],
    ['not_valid', 1, [{ start: NOW - 40 * 86_400 }]],
    ['line', 1, [{ more: 'hint x\n' }]],
    ['hidden_relay', 1, [{ more: 'relay-to eu-par-1.meet.example.org 1 1\n' }]],
  ] as const)('says %s of receipt %i', async (reason, number, rows) => {
    const book = await open();
    await take(book, rows);
    expect(book.view.fault).toEqual({ number, reason });
  });

  it('knows the signature of the node alone', async () => {
    const book = await open();
    await take(book, [{}], counts, STRANGER);
    expect(book.view.fault).toEqual({ number: 1, reason: 'signature' });
  });

  it('knows the nodes that were proven alone', async () => {
    const book = await ReceiptBook.open(POLICY, POLICY_BYTES, IDS, NOW);
    await take(book, [{}]);
    expect(book.view.fault).toEqual({ number: 1, reason: 'foreign_node' });
  });

  it('takes receipts of the node alone of whose certificate the transport was composed', async () => {
    const book = await open();
    book.carriedBy(PARIS, NOW);
    await take(book, [{}]); // well signed, by a node that was proven
    expect(book.view.fault).toEqual({ number: 1, reason: 'foreign_node' });
  });

  it('has no transport before one was composed', async () => {
    const book = await ReceiptBook.open(POLICY, POLICY_BYTES, IDS, NOW);
    await book.accept(PAPERS, NOW);
    await take(book, [{}]);
    expect(book.view.fault).toEqual({ number: 1, reason: 'foreign_node' });
  });

  it.each([
    ['on its way', NOW + 55, null],
    ['too late', NOW + 45, { number: 1, reason: 'foreign_node' }],
  ])('of the node before takes what was %s', async (_, changedAt, fault) => {
    const book = await open();
    book.carriedBy(PARIS, changedAt);
    book.carriedBy(PARIS, NOW + 58); // the same again changes nothing
    await take(book, [{ end: 'lost' }]); // comes after 60 s
    expect(book.view.fault).toEqual(fault);
  });

  it('keeps the first fault, whatever comes after it', async () => {
    const book = await open();
    await take(book, [{}, { start: NOW + 70 }, { start: NOW + 130 }]);
    expect(book.view.fault).toEqual({ number: 2, reason: 'gap' });
    expect(book.view.count).toBe(3);
  });

  it.each([
    ['more came than was sent', (total: number) => counts(total - 400, total * 2), 'counters'],
    ['less went than was received', (total: number) => counts(total, total * 2 + 500), 'counters'],
    ['some is lost', (total: number) => counts(total + 400, total * 2 - 400), undefined],
    ['a moment apart', (total: number) => counts(total - 30, total * 2 + 60), undefined],
    ['a browser that does not count', () => null, undefined],
  ])('compares with its own counters: %s', async (_, count, reason) => {
    const book = await open();
    await take(book, [{}, {}, {}], count);
    expect(book.view.fault?.reason).toBe(reason);
  });

  it('counts a new transport from nothing', async () => {
    const book = await open();
    let calls = 0;
    await take(book, [{ end: 'lost' }, {}], () => counts(calls++ === 0 ? 1000 : 990));
    expect(book.view.fault).toBeNull();
  });

  it('goes on behind a node that was lost, and tells of it', async () => {
    const book = await open();
    book.tell(true, NOW, null);
    await take(book, [{}]);
    book.tell(true, NOW + 85, NOW + 80);
    const before = base64(book.newest?.sha256 ?? new Uint8Array());
    const after = await text({ seq: 2, prev: before, start: NOW + 85, end: 'leave' });
    await book.take(utf8(signedNote(after, [RECEIPTS])), counts(1000), NOW + 145);
    expect(book.view).toMatchObject({ count: 2, fault: null });
    book.tell(true, NOW + 200, NOW + 190); // that one had its last receipt
    expect(await lossesOf(book)).toEqual([[1, 60, 80, 85]]);
  });

  it('tells of a node that was lost before its first receipt, and of two in a row', async () => {
    const book = await open();
    book.tell(true, NOW, null);
    book.tell(true, NOW + 9, NOW + 7);
    book.tell(true, NOW + 20, NOW + 5); // the line was gone before that transport: nothing of it was missed then
    expect(await lossesOf(book)).toEqual([
      [0, 0, 7, 9],
      [0, 9, 9, 20],
    ]);
  });

  it.each([
    ['a node that is still there', true, null],
    ['a node that wrote none', false, NOW + 65],
  ])('says nothing for %s', async (_, isWriting, lostAt) => {
    const book = await open();
    book.tell(isWriting, NOW, null);
    await take(book, [{}, { start: NOW + 70 }]);
    book.tell(true, NOW + 140, lostAt);
    expect(await lossesOf(book)).toEqual([]);
    expect(book.view.fault).toEqual({ number: 2, reason: 'gap' });
  });

  it('writes everything out, in the order of an audit', async () => {
    const book = await open();
    await book.accept(PAPERS, NOW + 600); // the same again: once
    await take(book, [{}, {}]);
    const file = await book.evidence(NOW + 130);
    const names = namesIn(file);
    expect(names).toEqual([
      ...['policy', 'operator-keys/1', 'log-policy', 'node-set/1', 'node-set/1.tlog-proof'],
      ...['node-cert/1', 'node-cert/1.tlog-proof', 'seen', 'receipt/1', 'receipt/2', 'own', 'span'],
    ]);
    // The server's tool judges this very file (tests/cli/audit.test.mjs).
    expect(Buffer.from(file).equals(readBytes('evidence.tar'))).toBe(true);
    const all = Buffer.from(file).toString('latin1');
    expect(all).toContain('2026-11-25T12:00:00Z 1 1\n');
    expect(all).toContain('2 1000 100000 2000 200000\n');
  });
});

describe('a relay', () => {
  const inLog = carryOut({ setOf: (own) => [own, paris] });
  const HOME_PAPERS = inLog.evidence as typeof PAPERS;
  const own = fromUtf8(HOME_PAPERS.nodeCert) ?? '';
  const LINES = `relay-to ${PARIS} 900 90000\nrelay-from ${PARIS} 800 80000\n`;

  it('is shown with the other node’s certificate, as it stands in the log', async () => {
    const read = logFiles(['one', own, paris, 'last']);
    const second = await papersInLog(PARIS, HOME_PAPERS, undefined, read, NOW);
    if (!second || 'kind' in second) throw new Error('not in the log');
    const book = await ReceiptBook.open(POLICY, POLICY_BYTES, IDS, NOW);
    await book.accept(HOME_PAPERS, NOW);
    book.carriedBy(HOME, NOW);
    const receipt = utf8(signedNote(await text({ more: LINES }), [RECEIPTS]));
    expect(await book.unknownRelays(receipt)).toEqual([PARIS]);
    await book.accept(second, NOW);
    expect(await book.unknownRelays(receipt)).toEqual([]);
    await take(book, [{ more: LINES }, { more: LINES }]);
    const copies = [{ node: PARIS, country: 'FR' }];
    expect(book.view).toMatchObject({ count: 2, copies, fault: null });
    // The server's tool judges this very file, too.
    const file = await book.evidence(NOW + 130);
    expect(Buffer.from(file).equals(readBytes('evidence_relay.tar'))).toBe(true);
  });

  it('without a certificate says nothing of copies: its receipt is wrong', async () => {
    const book = await open();
    await take(book, [{ more: LINES }]);
    expect(book.view).toMatchObject({ copies: [], fault: { number: 1, reason: 'hidden_relay' } });
  });

  it('is not looked for where the policy allows none', async () => {
    const policy = { ...POLICY, maxHops: 1 };
    const book = await ReceiptBook.open(policy, encodePolicy(policy), IDS, NOW);
    expect(await book.unknownRelays(utf8(signedNote(await text({ more: LINES }), [])))).toEqual([]);
  });
});

it('an archive has no name that others could not read', () => {
  for (const name of ['', 'a b', 'ä', 'x'.repeat(101)]) {
    expect(() => archive([{ name, bytes: new Uint8Array() }])).toThrow(RangeError);
  }
});

/** [number of the receipt before, came, noticed, next transport], after NOW */
async function lossesOf(book: ReceiptBook): Promise<readonly (readonly number[])[]> {
  const all = Buffer.from(await book.evidence(NOW + 300)).toString('latin1');
  const lines = /\0((?:\d+(?: [\dTZ:-]{20}){3}\n)+)\0/.exec(all)?.[1] ?? '';
  const rows = lines.split('\n').filter((line) => line !== '');
  const after = (time: string): number => Date.parse(time) / 1000 - NOW;
  return rows.map((row) =>
    row.split(' ').map((word, at) => (at === 0 ? Number(word) : after(word))),
  );
}

function namesIn(file: Uint8Array): readonly string[] {
  const names: string[] = [];
  for (let at = 0; file[at];) {
    const head = Buffer.from(file.subarray(at, at + 512));
    names.push(head.toString('latin1', 0, head.indexOf(0)));
    const length = Number.parseInt(head.toString('latin1', 124, 135), 8);
    at += 512 + Math.ceil(length / 512) * 512;
  }
  return names;
}
