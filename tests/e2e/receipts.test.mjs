// What nodes sign of a real call, minute by minute: real browsers of both kinds through the real server. Each
// person saves the evidence from the shield and once more after leaving, and 'incamera audit verify' judges
// it; then the same file with a thing in it that is wrong. docs/protocol/receipts.md

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, test } from 'node:test';

import { archive, unpack } from '../support/evidence.mjs';
import { Key, note } from '../support/note_writer.mjs';
import { Participant } from './lib/browser.mjs';
import { allSeeAndHear } from './lib/expect.mjs';
import { closeDialog, makeMeeting } from './lib/meeting.mjs';
import { patience } from './lib/patience.mjs';
import { PEOPLE } from './lib/people.mjs';
import { Server } from './lib/server.mjs';

const BINARY = resolve(process.env.TEST_BINARY ?? 'build/release/incamera');
const IS_STRICT = process.env.TEST_TIMES !== 'loose';
const MINUTE_MS = 60_000;
/** Leaving waits so long for the last receipt, and for nothing longer than for the group's word. */
const LAST_RECEIPT_MS = 300;
const FAREWELL_MS = 400;
const SLACK_MS = IS_STRICT ? 150 : 1000;

const figures = {};
const folder = mkdtempSync(join(tmpdir(), 'incamera-receipts-'));
const sleep = (ms) => new Promise((r) => setTimeout(r, ms));
let server;
let people = [];
/** The whole evidence of each, after leaving. */
const bundles = {};

before(async () => {
  server = await new Server({ binary: BINARY, port: 8097, mediaPort: 10700 }).start();
  const prefs = {
    'browser.download.folderList': 2,
    'browser.download.dir': folder,
    'browser.download.useDownloadDir': true,
    'browser.download.alwaysOpenPanel': false,
    'browser.download.always_ask_before_handling_new_types': false,
  };
  people = [await Participant.open(PEOPLE[0]), await Participant.open(PEOPLE[1], 'firefox', { prefs })];
});

after(async () => {
  await Promise.all(people.map((p) => p.close().catch(() => {})));
  rmSync(folder, { recursive: true, force: true });
  const status = await server?.stop();
  server?.forget();
  console.log(`figures ${JSON.stringify(figures)}`);
  assert.equal(status, 0, server?.log.slice(-3000));
});

/** The file that the button saves. */
async function save(p) {
  const path = join(folder, 'evidence.tar');
  if (p.kind === 'chromium') {
    const [download] = await Promise.all([p.page.waitForEvent('download'), p.click('save-evidence')]);
    assert.equal(download.suggestedFilename(), 'evidence.tar');
    await download.saveAs(path);
  } else {
    await p.click('save-evidence');
    for (let i = 0; i < 200 && !(existsSync(path) && !existsSync(`${path}.part`)); i++) await sleep(50);
  }
  await p.until('it says that it is saved', () => /Saved as evidence\.tar/.test(document.querySelector('.receipts [role="status"]').textContent));
  const bytes = readFileSync(path);
  rmSync(path);
  return bytes;
}

function judge(bytes) {
  const path = join(folder, 'judged.tar');
  writeFileSync(path, bytes);
  const { status, stdout, stderr } = spawnSync(BINARY, ['audit', 'verify', '--json', path], { encoding: 'utf8', timeout: 20000 });
  assert.equal(stderr, '');
  const answer = JSON.parse(stdout);
  return { status, ...answer, faults: answer.findings.filter(({ verdict }) => verdict !== 'ok').map((f) => `${f.verdict} ${f.subject}: ${f.word}`) };
}

/** A browser that does not say what its transport has counted leaves nothing to compare with the node's counters. */
const isCounting = (p) => p.evaluate(async () => {
  const stats = [...(await globalThis.__probe.connections.at(-1).getStats()).values()];
  return stats.some(({ type, packetsSent }) => type === 'transport' && packetsSent !== undefined);
});
const talk = (p) => p.evaluate(() => globalThis.__probe.talk);
const heard = (p, n, ms) => p.until(`${n} receipts`, (k) => globalThis.__probe.talk.filter(([who, type]) => who === 'server' && type === 'receipt').length >= k, ms, n);

/** All is right, but for what this browser cannot tell. */
function expectWhole(p, answer) {
  if (p.isCounting) {
    assert.deepEqual(answer.faults, [], JSON.stringify(answer.findings));
    assert.equal(answer.status, 0);
  } else {
    assert.deepEqual(answer.faults, ['inconclusive own: missing'], JSON.stringify(answer.findings));
    assert.equal(answer.status, 2);
  }
}

test('a minute of a call: each says its ids before it joins, and has a receipt that holds', async () => {
  const [host, guest] = people;
  const { link } = await makeMeeting(host, server.url);
  await host.join(link);
  await guest.join(link);
  await allSeeAndHear(people, patience(5000));
  for (const p of people) {
    p.isCounting = await isCounting(p);
    const said = (await talk(p)).filter(([who]) => who === 'page').map(([, type]) => type);
    assert.ok(said.includes('receipt_ids') && said.indexOf('receipt_ids') < said.indexOf('join'), said.join(' '));
  }
  assert.ok(host.isCounting, 'Chromium counts');
  await Promise.all(people.map((p) => heard(p, 1, MINUTE_MS + patience(10000))));
  for (const p of people) {
    await p.click('protection');
    await p.until('the shield tells of it', () => document.querySelector('[data-receipts="complete"]') !== null);
    assert.match(await p.evaluate(() => document.querySelector('.receipts').innerText), /Receipts: 1 minute, complete/);
    const answer = judge(await save(p));
    expectWhole(p, answer);
    assert.equal(answer.receipts, 1);
    await closeDialog(p);
  }
});

test('a node that is killed: what is missing is as long as the device says', async () => {
  await server.stop('SIGKILL');
  await server.start();
  const joined = () => globalThis.__probe.talk.filter(([who, type]) => who === 'server' && type === 'joined').length > 1;
  for (const p of people) {
    await p.until('on the node again', joined);
    await p.connected();
  }
});

test('leaving: the last receipt comes, and nobody waits for it', async () => {
  await sleep(5000);
  for (const p of people) {
    const { before, screenMs, start } = await p.evaluate(async () => {
      const stats = [...(await globalThis.__probe.connections.at(-1).getStats()).values()];
      const { packetsSent: sent, packetsReceived: received } = stats.find(({ type }) => type === 'transport') ?? {};
      const from = performance.now();
      document.querySelector('[data-control="leave"]').click();
      while (document.querySelector('.page-left') === null) await new Promise((r) => setTimeout(r, 5));
      return { before: { sent, received }, screenMs: performance.now() - from, start: from };
    });
    await p.until('the socket is closed', () => globalThis.__probe.talk.at(-1)[1] === 'closed');
    const last = (await talk(p)).filter(([, , at]) => at >= start);
    const at = (who, type) => last.find(([w, t]) => w === who && t === type)?.[2] - start;
    const order = last.filter(([, type]) => ['receipt_end', 'receipt', 'leave'].includes(type)).map(([, type]) => type);
    assert.deepEqual(order, ['receipt_end', 'receipt', 'leave'], JSON.stringify(last));
    Object.assign(figures, { [`${p.kind}LeftMs`]: Math.round(screenMs), [`${p.kind}LastReceiptMs`]: Math.round(at('server', 'receipt')), [`${p.kind}GoneMs`]: Math.round(at('page', 'leave')) });
    assert.ok(at('server', 'receipt') <= LAST_RECEIPT_MS + SLACK_MS && at('page', 'leave') <= FAREWELL_MS + SLACK_MS, JSON.stringify(figures));
    await p.until('the page after it offers the evidence', () => document.querySelector('.receipts-kept [data-control="save-evidence"]') !== null);
    bundles[p.kind] = await save(p);
    const answer = judge(bundles[p.kind]);
    expectWhole(p, answer);
    assert.equal(answer.receipts, 2);
    const texts = unpack(bundles[p.kind]).filter(([name]) => name.startsWith('receipt/')).map(([, bytes]) => bytes.toString());
    assert.match(texts[1], /\nend leave\n\n/);
    assert.ok(answer.missing_s <= 75 && answer.findings.some(({ word, text }) => word === 'lost' && /^\d+ s without a receipt: the node was lost/.test(text)), JSON.stringify(answer));
    figures[`${p.kind}MissingS`] = answer.missing_s;
    const [came, went] = ['in', 'out'].map((word) => Number(new RegExp(`^${word} (\\d+) `, 'm').exec(texts[1])[1]));
    if (p.isCounting) compare(p, before, came, went);
  }
});

/** What the node counted, with what the browser itself had counted a moment before it left. */
function compare(p, { sent, received }, came, went) {
  Object.assign(figures, { [`${p.kind}Packets`]: { sent, came, received, went } });
  const isNear = (one, other) => Math.abs(one - other) <= 16 + 0.03 * other;
  assert.ok(isNear(came, sent) && isNear(went, received), JSON.stringify(figures));
}

test('in the real evidence, each thing that is wrong is found', () => {
  const files = unpack(bundles.chromium);
  const change = (name, f) => files.map(([n, bytes]) => (n === name ? [n, Buffer.from(f(bytes.toString()))] : [n, bytes]));
  const violated = (changed, ...faults) => {
    const answer = judge(archive(changed));
    assert.equal(answer.status, 1, JSON.stringify(answer));
    assert.deepEqual(answer.faults, faults);
  };
  assert.deepEqual(judge(archive(files)).faults, []);
  // the device's word of the loss
  const silent = judge(archive(files.filter(([name]) => name !== 'lost')));
  assert.deepEqual([silent.status, silent.faults], [2, ['inconclusive receipt 2: silent']]);
  // a receipt that is left out
  violated(files.filter(([name]) => name !== 'receipt/1').map(([name, bytes]) => [name === 'receipt/2' ? 'receipt/1' : name, bytes]), 'violated receipt 1: gap');
  // one byte
  violated(change('receipt/2', (text) => text.replace(/^(drop .*)(\d)$/m, (_, head, digit) => head + ((Number(digit) + 1) % 10))), 'violated receipt 2: signature');
  // another node's name, key and certificate
  const [, own] = files.find(([name]) => name === 'receipt/2');
  const text = own.toString().split('\n\n')[0] + '\n';
  const stranger = new Key('us-iad-1.example.net/receipt', 0x31);
  const foreign = text.replace(/^node .*$/m, 'node us-iad-1.example.net 1').replace(/^cert .*$/m, `cert ${Buffer.alloc(32, 7).toString('base64')}`);
  violated(change('receipt/2', () => note(foreign, [stranger])), 'violated receipt 2: foreign_node');
  // packets that went on to a machine that was never shown; the node itself signs that
  const name = /^— (\S+) /m.exec(own.toString())[1];
  const node = new Key(name, readFileSync(join(server.folder, 'data', 'receipt.key')));
  const hidden = text.replace(/^(in .*\nout .*\n)/m, '$1relay-to us-iad-1.example.net 1 100\n');
  violated(change('receipt/2', () => note(hidden, [node])), 'violated receipt 2: hidden_relay');
});
