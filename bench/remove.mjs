// How long does somebody who is removed go on hearing? In a meeting of four: from the host's click until
// the others decrypt the first frame under keys that the removed one does not have, and until the last
// of them does. Prints one line and writes build/bench/remove.json.
// Use (as root): tests/e2e/namespace.sh in a network namespace, node bench/remove.mjs [rounds]

import { mkdirSync, writeFileSync } from 'node:fs';

import { Participant } from '../tests/e2e/lib/browser.mjs';
import { actOn, makeMeeting } from '../tests/e2e/lib/meeting.mjs';
import { PEOPLE } from '../tests/e2e/lib/people.mjs';
import { Server } from '../tests/e2e/lib/server.mjs';

const ROUNDS = Number(process.argv[2] ?? 7);
const GOAL_MS = 300;

/** Notes when a worker says that it has opened the first frame of an epoch, on the clock of all pages. */
const listen = () => {
  globalThis.__epochs = [];
  const Native = globalThis.Worker;
  globalThis.Worker = class extends Native {
    constructor(...args) {
      super(...args);
      this.addEventListener('message', ({ data }) => {
        if (data?.type !== 'epoch-health' || !data.hasOpened) return;
        globalThis.__epochs.push({ epoch: data.epoch, at: performance.timeOrigin + performance.now() });
      });
    }
  };
};

const newest = (p) => p.evaluate(() => Math.max(0, ...globalThis.__epochs.map(({ epoch }) => epoch)));
const openedAfter = (p, epoch) => p.evaluate((e) => Math.min(...globalThis.__epochs.filter((each) => each.epoch > e).map(({ at }) => at)), epoch);
const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];

const server = await new Server({ binary: process.env.TEST_BINARY ?? 'build/release/incamera' }).start();
const people = await Participant.openCrowd(PEOPLE.slice(0, 4));
const firsts = [];
const lasts = [];
try {
  for (const p of people) await p.context.addInitScript(listen);
  const [host, ...guests] = people;
  const removed = guests.at(-1);
  const others = people.filter((p) => p !== removed);
  const { link } = await makeMeeting(host, server.url);
  for (const p of people) await p.join(link);
  for (let round = 0; round < ROUNDS; round++) {
    for (const p of people) await p.until('four pictures', () => [...document.querySelectorAll('.tile video')].filter((v) => v.videoWidth > 0).length === 4, 20000);
    await new Promise((resolve) => setTimeout(resolve, 2000));
    const before = Math.max(...(await Promise.all(others.map(newest))));
    await actOn(host, removed.person.name, 'remove');
    await host.page.waitForSelector('[data-control="remove-now"]');
    const at = await host.evaluate(() => {
      document.querySelector('[data-control="remove-now"]').click();
      return performance.timeOrigin + performance.now();
    });
    for (const p of others) await p.until('new keys are in use', (e) => globalThis.__epochs.some(({ epoch }) => epoch > e), 10000, before);
    const times = (await Promise.all(others.map((p) => openedAfter(p, before)))).map((time) => time - at);
    firsts.push(Math.round(Math.min(...times)));
    lasts.push(Math.round(Math.max(...times)));
    if (round + 1 < ROUNDS) await removed.join(link);
  }
} finally {
  await Promise.all(people.map((p) => p.close().catch(() => {})));
  await server.stop();
  server.forget();
}

const figures = { goal: GOAL_MS, firstMs: median(firsts), lastMs: median(lasts), firsts, lasts };
const out = new URL('../build/bench/', import.meta.url);
mkdirSync(out, { recursive: true });
writeFileSync(new URL('remove.json', out), `${JSON.stringify(figures, null, 2)}\n`);
console.log(`remove_to_first_new_key_ms ${JSON.stringify(figures)}`);
