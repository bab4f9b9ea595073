// What does end-to-end encryption cost somebody who comes in? The same join in the product and in the
// first meeting, which had encryption to the server only (its tree in build/bench/first): from the click
// on "Join" until the picture of the one who is there already can be seen. One after the other in turns,
// so that both have the same machine. In the product the meeting is open: whoever has the link comes in,
// by a commit of the one who is inside, whose time is part of the figure.
// Use: in a network namespace made by tests/e2e/namespace.sh, node bench/join.mjs [joins of each]

import { Participant } from '../tests/e2e/lib/browser.mjs';
import { makeMeeting } from '../tests/e2e/lib/meeting.mjs';
import { PEOPLE } from '../tests/e2e/lib/people.mjs';
import { Server } from '../tests/e2e/lib/server.mjs';
import { marks, median, quartiles, report, sleep, span } from './lib/figures.mjs';

const JOINS = Number(process.argv[2] ?? 12);
const GOAL_MS = 250;
/** The first ones warm up caches of the browser and the page. */
const WARM_UP = 2;
const SETTLE_MS = 1500;

const KINDS = {
  now: { binary: process.env.TEST_BINARY ?? 'build/release/incamera', port: 8080, mediaPort: 10000, make: makeMeeting },
  first: { binary: process.env.FIRST_BINARY ?? 'build/bench/first/build/release/incamera', port: 8081, mediaPort: 11000, make: makeFirst },
};

async function makeFirst(host, url) {
  await host.page.goto(`${url}/new`);
  await host.click('open-meeting');
  await host.page.waitForSelector('[data-control="use-devices"]');
  return { link: await host.evaluate(() => location.href) };
}

const tiles = (p, count, ms = 20000) => p.until(`${count} people`, (n) => document.querySelectorAll('[data-person].tile').length === n, ms, count);

async function begin({ binary, port, mediaPort, make }) {
  const server = await new Server({ binary, port, mediaPort }).start();
  const [host] = await Participant.openCrowd(PEOPLE.slice(0, 1));
  const { link } = await make(host, server.url);
  await host.context.addInitScript(marks);
  await host.join(link);
  return { server, host, link };
}

/** One join and the way out again, with the marks of both. */
async function joinOnce({ host, link }, guest) {
  await guest.prepare(link);
  await sleep(SETTLE_MS);
  await guest.evaluate(() => globalThis.__marks.take());
  await host.evaluate(() => globalThis.__marks.take());
  await guest.evaluate(() => {
    globalThis.__marks.mark('click');
    document.querySelector('[data-control="join"]').click();
  });
  const has = (name) => globalThis.__marks.all.some((mark) => mark.name === name);
  await guest.until('a picture', has, 20000, 'picture');
  await guest.until('connected', has, 20000, 'connected');
  const marked = await guest.evaluate(() => globalThis.__marks.take());
  const atHost = await host.evaluate(() => globalThis.__marks.take());
  await tiles(host, 2);
  await guest.click('leave');
  await tiles(host, 1);
  return { marked, atHost };
}

/** Medians of the steps on the way, in ms from the click. */
function steps(joins, of) {
  const names = new Set(joins.flatMap((join) => of(join).map(({ name }) => name)));
  const all = [...names].map((name) => {
    const times = joins.map((join) => span([...join.marked.filter((mark) => mark.name === 'click'), ...of(join)], 'click', name));
    return [name, times.every((time) => time !== null) ? Math.round(median(times)) : null];
  });
  return Object.fromEntries(all.filter(([, time]) => time !== null).sort(([, a], [, b]) => a - b));
}

const meetings = {};
const joins = { now: [], first: [] };
let guest;
try {
  for (const [kind, setting] of Object.entries(KINDS)) meetings[kind] = await begin(setting);
  guest = await Participant.open(PEOPLE[1]);
  await guest.context.addInitScript(marks);
  for (let round = 0; round < JOINS + WARM_UP; round++) {
    // Who goes first changes, so that neither has the better place.
    const order = round % 2 === 0 ? ['now', 'first'] : ['first', 'now'];
    for (const kind of order) {
      const join = await joinOnce(meetings[kind], guest);
      if (round >= WARM_UP) joins[kind].push(join);
    }
  }
} finally {
  await guest?.close().catch(() => {});
  for (const { host, server } of Object.values(meetings)) {
    await host.close().catch(() => {});
    await server.stop();
    server.forget();
  }
}

const timesOf = (kind, to) => joins[kind].map(({ marked }) => span(marked, 'click', to));
const medianOf = (kind, to) => Math.round(median(timesOf(kind, to)));
const difference = (to) => medianOf('now', to) - medianOf('first', to);
const picture = { now: timesOf('now', 'picture'), first: timesOf('first', 'picture') };
report('join', {
  rows: [
    { what: 'join to first picture, first meeting', figure: medianOf('first', 'picture'), unit: 'ms', goal: null },
    { what: 'join to first picture, with E2EE', figure: medianOf('now', 'picture'), unit: 'ms', goal: null },
    { what: 'join overhead of E2EE', figure: difference('picture'), unit: 'ms', goal: GOAL_MS },
    { what: 'join overhead until "connected" is shown', figure: difference('connected'), unit: 'ms', goal: null },
  ],
  joins: JOINS,
  quartilesMs: { now: quartiles(picture.now).map(Math.round), first: quartiles(picture.first).map(Math.round) },
  picturesMs: { now: picture.now.map(Math.round), first: picture.first.map(Math.round) },
  stepsMs: {
    now: steps(joins.now, ({ marked }) => marked),
    nowInside: steps(joins.now, ({ atHost }) => atHost),
    first: steps(joins.first, ({ marked }) => marked),
  },
});
