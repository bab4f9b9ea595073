// Frames through the product's workers, in real browsers: two ends over loopback, the test plays the
// signalling and the owner of the group. What nobody holds a key for is never seen.

import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';

import { Participant } from './lib/browser.mjs';
import { isColour } from './lib/expect.mjs';
import { serveFramesPage } from './lib/frames_page.mjs';
import { PEOPLE } from './lib/people.mjs';

const SENDER = 0;
const RECEIVER = 1;
const ACROSS = [['chromium', 'firefox'], ['firefox', 'chromium']];
const PAIRS = process.env.TEST_KIND === 'short' ? ACROSS : [['chromium', 'chromium'], ['firefox', 'firefox'], ...ACROSS];
const CODECS = ['vp8', 'vp9', 'av1'];

/** What is wrong with a frame, and what it is counted as. A plain one reads as whatever its bytes say. */
const ATTACKS = [
  ['flip', 'forged'], ['tag', 'forged'], ['metadata', 'forged'], ['context', 'foreign'], ['leaf', 'foreign'],
  ['replay', 'replayed'], ['plain', null],
];

/** No stop that one sees: the picture stands for less than this. */
const STOP_MAX_MS = 400;

const figures = {};
const pages = {};
let server;

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const call = (page, name, method, ...args) => page.evaluate((n, m, a) => globalThis.lab.call(n, m, ...a), name, method, args);
const reports = (page, name) => page.evaluate((n) => globalThis.lab.reports(n), name);

const baseKey = (epoch) => Array.from({ length: 16 }, (_, i) => (epoch * 31 + i) % 256);

const epochKeys = (epoch, own, others) => ({
  type: 'epoch', epoch, baseKey: baseKey(epoch), suite: 4, leafBits: 2, ownLeaf: own, leaves: others, added: [],
});

before(async () => {
  server = await serveFramesPage();
  for (const [index, kind] of ['chromium', 'firefox'].entries()) {
    pages[kind] = await Participant.open(PEOPLE[index], kind, { cores: 8 }); // for every codec
    await pages[kind].page.goto(server.url);
    await pages[kind].until('the page runs', () => globalThis.lab !== undefined);
  }
});

afterEach(() => Promise.all(Object.values(pages).map((page) => page.evaluate(() => globalThis.lab.close()))));

after(async () => {
  await Promise.all(Object.values(pages).map((page) => page.close()));
  await server?.close();
  console.log(`figures ${JSON.stringify(figures)}`);
});

async function connect([from, to], codec, isEvil = false) {
  const [sending, receiving] = [pages[from], pages[to]];
  await sending.evaluate(() => globalThis.lab.open('sender'));
  await receiving.evaluate(() => globalThis.lab.open('receiver'));
  const offer = withoutStrayFeedback(await call(sending, 'sender', 'offer', codec, isEvil));
  const answer = await call(receiving, 'receiver', 'answer', offer);
  await sending.evaluate((sdp) => globalThis.lab.call('sender', 'take', sdp), answer);
  const state = () => globalThis.lab.call('receiver', 'state');
  await receiving.until('connected', `async () => (await (${state})()) === 'connected'`, 10000);
  return {
    sending,
    receiving,
    person: sending.person,
    send: (method, ...args) => call(sending, 'sender', method, ...args),
    receive: (method, ...args) => call(receiving, 'receiver', method, ...args),
    reports: () => reports(receiving, 'receiver'),
  };
}

/** Firefox leaves the feedback of codecs that it does not offer, which Chromium refuses. */
function withoutStrayFeedback({ type, sdp }) {
  const sections = sdp.split(/(?=^m=)/m).map((section) => {
    const offered = section.split('\r\n')[0].split(' ').slice(3);
    const isStray = (line) => /^a=rtcp-fb:\d/.test(line) && !offered.includes(/^a=rtcp-fb:(\d+)/.exec(line)[1]);
    return section.split('\r\n').filter((line) => !isStray(line)).join('\r\n');
  });
  return { type, sdp: sections.join('') };
}

async function within(ms, what, check) {
  const start = Date.now();
  let seen;
  for (;;) {
    seen = await check();
    if (seen === true) return Date.now() - start;
    if (Date.now() - start > ms) assert.fail(`${what}: not within ${ms} ms: ${JSON.stringify(seen)}`);
    await sleep(50);
  }
}

const showsPerson = (link) => within(8000, 'the right colours', async () => {
  const seen = await link.receive('colours');
  return (seen !== null && isColour(seen.left, link.person.left) && isColour(seen.right, link.person.right)) || seen;
});

/** Packets come, and no picture is decoded from any of them, once those before are worked off. */
async function nothingIsShown(link, what = 'without a key') {
  let before;
  await within(5000, `${what}: no picture is decoded`, async () => {
    before = await link.receive('count', 'video');
    await sleep(300);
    return (await link.receive('count', 'video')).decoded === before.decoded;
  });
  await sleep(1000);
  const after = await link.receive('count', 'video');
  assert.ok(after.received - before.received > 5, `${what}: packets come: ${before.received} to ${after.received}`);
  assert.equal(after.decoded, before.decoded, `${what}: no picture is decoded`);
}

/** The longest time without a new picture while everybody goes over to an epoch. */
async function longestGapAtEpoch(link, epoch) {
  const gaps = link.receive('gaps', 2500);
  await sleep(500);
  await link.receive('keys', [epochKeys(epoch, RECEIVER, [SENDER])]);
  await link.send('keys', [epochKeys(epoch, SENDER, [RECEIVER])]);
  await sleep(200);
  await link.send('keys', [{ type: 'send-with', epoch }]);
  await sleep(500);
  for (const end of ['send', 'receive']) await link[end]('keys', [{ type: 'forget', epoch: epoch - 1 }]);
  const all = await gaps;
  return all.length > 10 ? Math.round(Math.max(...all)) : Infinity; // else the picture stood all the time
}

const counts = async (link) => (await link.reports()).findLast(({ type }) => type === 'counts')?.counts;

/** In the short run each codec goes one way. */
const isLong = (at) => process.env.TEST_KIND === 'short' && at % 2 === 1;

for (const [from, pair] of PAIRS.entries()) {
  for (const codec of CODECS.filter((_, at) => !isLong(from + at))) {
    test(`${pair.join(' to ')}, ${codec}: nothing without keys, the right picture and sound with them, no stop at an epoch`, async () => {
      const link = await connect(pair, codec);

      await sleep(1000);
      const unsent = [await link.send('count', 'video'), await link.send('count', 'audio')];
      assert.deepEqual(unsent.map(({ sent }) => sent), [0, 0], 'without a key nothing leaves');

      await link.send('keys', [epochKeys(1, SENDER, [RECEIVER]), { type: 'send-with', epoch: 1 }]);
      await nothingIsShown(link);
      assert.equal(await link.receive('colours'), null);
      assert.deepEqual(await link.receiving.tones([link.person.tone], 700), []);

      await link.receive('keys', [epochKeys(1, RECEIVER, [SENDER])]);
      const firstMs = await showsPerson(link);
      assert.match(await link.receive('codec'), new RegExp(codec, 'i'));
      await within(6000, 'the tone', async () => (await link.receiving.tones([link.person.tone], 700)).length === 1);
      const leaves = (await link.reports()).filter(({ type }) => type === 'decrypts').map(({ leaf }) => leaf);
      assert.deepEqual(new Set(leaves), new Set([SENDER]), 'the leaf of the key is told');

      // A stop that the change of keys makes comes each time; one that a busy machine makes does not.
      const gaps = [];
      while (gaps.length < 3 && !(gaps.at(-1) < STOP_MAX_MS)) gaps.push(await longestGapAtEpoch(link, 2 + gaps.length));
      (figures[pair.join(' to ')] ??= {})[codec] = { firstPictureMs: firstMs, longestGapAtEpochMs: gaps.at(-1) };
      assert.ok(gaps.at(-1) < STOP_MAX_MS, `the picture stood for ${gaps} ms`);
      await showsPerson(link);

      await link.receive('keys', [epochKeys(2 + gaps.length, RECEIVER, [])]);
      await nothingIsShown(link, 'removed');
    });
  }
}

for (const kind of ['chromium', 'firefox']) {
  describe(`what somebody sends who must not be seen (${kind})`, () => {
    // All of them with one codec; with the others only what depends on the codec, in the long run, like the other browser.
    const isShort = process.env.TEST_KIND === 'short';
    for (const codec of isShort ? (kind === 'chromium' ? ['vp8'] : []) : CODECS) {
      test(`${codec}: plain, forged, replayed frames, of another leaf or source`, async () => {
        const link = await connect([kind, kind], codec, true);
        const evil = (mode) => link.sending.evaluate((m) => globalThis.lab.evil('sender', m), mode);
        await link.receive('keys', [epochKeys(1, RECEIVER, [SENDER])]);
        const good = { type: 'good', baseKey: baseKey(1), epoch: 1, leaf: SENDER, leafBits: 2 };
        await evil({ ...good, type: 'plain' });
        await nothingIsShown(link);
        assert.equal(await link.receive('colours'), null, 'a plain frame was never shown');
        await evil(good);
        await showsPerson(link);
        for (const [type, counted] of codec === 'vp8' ? ATTACKS : ATTACKS.filter(([name]) => ['flip', 'plain'].includes(name))) {
          const before = await counts(link);
          await evil({ type });
          await nothingIsShown(link, type);
          await within(3000, `${type} is counted as ${counted}`, async () => {
            const now = await counts(link);
            return counted === null || now[counted] > (before?.[counted] ?? 0) || now;
          });
          await evil(good);
          const shown = await link.receive('count', 'video');
          await within(8000, `a picture again after ${type}`, async () => (await link.receive('count', 'video')).decoded > shown.decoded + 3);
        }
        await showsPerson(link);

        await evil({ type: 'flip' });
        await within(6000, 'undecodable is told', async () =>
          (await link.reports()).some((r) => r.type === 'undecodable' && r.isSo && r.leaf === SENDER));
        await evil(good);
        await within(8000, 'and its end', async () => (await link.reports()).findLast(({ type }) => type === 'undecodable')?.isSo === false);
      });
    }
  });

  test(`what the server itself makes up is neither seen nor heard (${kind})`, async () => {
    const page = pages[kind];
    await page.evaluate(() => globalThis.lab.openPeer('peer', false, true));
    await call(page, 'peer', 'start');
    await sleep(1500); // without keys, and then with them
    await call(page, 'peer', 'keys', [epochKeys(1, 0, [1])], []);
    await sleep(1500);
    const got = await call(page, 'peer', 'received');
    assert.ok(got.packets > 100, `${got.packets} packets`);
    assert.deepEqual([got.pictures, got.energy], [0, 0]);
    assert.equal(await call(page, 'peer', 'colours'), null);
  });

  for (const isOld of [false, true]) {
    test(`the meeting's codec changes while pictures come (${kind}${isOld ? ', as a browser that lacks the parameter' : ''})`, async () => {
      const page = pages[kind];
      await page.evaluate((old) => globalThis.lab.openPeer('peer', old), isOld);
      await call(page, 'peer', 'start');
      const ours = [epochKeys(1, 0, [1]), { type: 'send-with', epoch: 1 }];
      const theirs = [epochKeys(1, 1, [0]), { type: 'send-with', epoch: 1 }];
      await call(page, 'peer', 'keys', ours, theirs);
      const link = { person: page.person, receive: (method, ...args) => call(page, 'peer', method, ...args) };
      await showsPerson(link);
      assert.match(await link.receive('codec'), /vp8/i, 'before the meeting has said anything');
      const opened = (await reports(page, 'peer')).filter(({ type, leaf }) => type === 'decrypts' && leaf === 1);
      assert.ok(opened.length > 0, 'what is shown came through the worker');
      for (const codec of ['av1', 'vp9', 'vp8', 'av1']) {
        await link.receive('useCodec', codec);
        await within(8000, codec, async () => new RegExp(codec, 'i').test(await link.receive('codec')));
        await within(5000, `the picture moves with ${codec}`, async () => (await link.receive('gaps', 700)).length > 3);
        await showsPerson(link);
      }
    });
  }
}

test('no browser asked another host, and none has complained', () => {
  for (const page of Object.values(pages)) {
    assert.deepEqual([...page.hosts], [new URL(server.url).host]);
    assert.deepEqual(page.messages, []);
  }
});
