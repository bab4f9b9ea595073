// How long does somebody who is removed go on hearing? In a meeting of four: from the host's click until
// the others decrypt the first frame under keys that the removed one does not have, and until the last
// of them does. Four browsers take all that two cores have, so the same is measured with scripted clients of
// one process, too: the client's own code and the real server, without what browsers add. Use: in a network namespace made by tests/e2e/namespace.sh, node bench/remove.mjs [rounds]

import { Participant } from '../tests/e2e/lib/browser.mjs';
import { actOn, makeMeeting } from '../tests/e2e/lib/meeting.mjs';
import { PEOPLE } from '../tests/e2e/lib/people.mjs';
import { Server } from '../tests/e2e/lib/server.mjs';
import { Stage } from '../tests/meeting/lib/stage.mjs';
import { marks, median, quartiles, report, sleep, span } from './lib/figures.mjs';

const ROUNDS = Number(process.argv[2] ?? 15);
const GOAL_MS = 300;
const SETTLE_MS = 2000;

const newest = (p) => p.evaluate(() => Math.max(0, ...globalThis.__marks.all.flatMap(({ name }) => (name.startsWith('opened ') ? Number(name.slice(7)) : []))));
const hasOpened = (epoch) => globalThis.__marks.all.some(({ name }) => name === `opened ${epoch}`);

/** The marks of everybody who stays, from the click on. */
async function removeOnce(host, removed, others) {
  await actOn(host, removed.person.name, 'remove');
  await host.page.waitForSelector('[data-control="remove-now"]');
  const epoch = 1 + Math.max(...(await Promise.all(others.map(newest))));
  const at = await host.evaluate(() => {
    const start = performance.timeOrigin + performance.now();
    document.querySelector('[data-control="remove-now"]').click();
    return start;
  });
  for (const p of others) await p.until('new keys are in use', hasOpened, 10000, epoch);
  const marked = await Promise.all(others.map((p) => p.evaluate(() => globalThis.__marks.all)));
  return { at, epoch, marked };
}

/** When each of those who stay came to a step, in ms from the click. */
const whenEach = ({ at, marked }, name) => marked.map((list) => span(list, at, name)).filter((time) => time !== null);

/** Four scripted clients: until those who stay hold the new keys. */
async function withoutBrowsers(server) {
  const stage = await new Stage(server).open();
  const host = await stage.host('Host');
  for (const name of ['East', 'West', 'North']) await stage.admitted(host, name);
  const times = [];
  while (times.length < ROUNDS) {
    const { epoch } = host.view;
    const staying = stage.inside.filter(({ name }) => name !== 'North');
    const at = performance.now();
    host.act({ type: 'remove', leaf: host.leafOf('North'), ban: false });
    await Promise.all(staying.map((client) => client.until((view) => view.epoch > epoch)));
    times.push(performance.now() - at);
    await stage.admitted(host, 'North');
  }
  stage.stop();
  return times;
}

const server = await new Server({ binary: process.env.TEST_BINARY ?? 'build/release/incamera' }).start();
const people = await Participant.openCrowd(PEOPLE.slice(0, 4));
const rounds = [];
let scripted;
try {
  scripted = await withoutBrowsers(server);
  for (const p of people) await p.context.addInitScript(marks);
  const [host, ...guests] = people;
  const removed = guests.at(-1);
  const others = people.filter((p) => p !== removed);
  const { link } = await makeMeeting(host, server.url);
  for (const p of people) await p.join(link);
  for (let round = 0; round < ROUNDS; round++) {
    const hasFour = () => [...document.querySelectorAll('.tile video')].filter((v) => v.videoWidth > 0).length === 4;
    for (const p of people) await p.until('four pictures', hasFour, 20000);
    await sleep(SETTLE_MS);
    rounds.push(await removeOnce(host, removed, others));
    if (round + 1 < ROUNDS) await removed.join(link);
  }
} finally {
  await Promise.all(people.map((p) => p.close().catch(() => {})));
  await server.stop();
  server.forget();
}

const opened = rounds.map((round) => whenEach(round, `opened ${round.epoch}`));
const firsts = opened.map((times) => Math.min(...times));
const lasts = opened.map((times) => Math.max(...times));
const step = (name, choose) => {
  const times = rounds.map((round) => whenEach(round, name)).filter((each) => each.length > 0);
  return times.length === rounds.length ? Math.round(median(times.map((each) => choose(...each)))) : null;
};
report('remove', {
  rows: [
    { what: 'remove to first frame under new keys, four people', figure: Math.round(median(firsts)), unit: 'ms', goal: GOAL_MS },
    { what: 'remove until all who stay read the new keys', figure: Math.round(median(lasts)), unit: 'ms', goal: null },
    { what: 'remove until all who stay hold the new keys, no browsers', figure: Math.round(median(scripted)), unit: 'ms', goal: GOAL_MS },
  ],
  rounds: ROUNDS,
  scriptedMs: scripted.map(Math.round),
  quartilesMs: quartiles(firsts).map(Math.round),
  firstsMs: firsts.map(Math.round),
  lastsMs: lasts.map(Math.round),
  stepsMs: {
    'commit said by the host': step('said commit', Math.min),
    'commit heard by the first': step('heard commit', Math.min),
    'commit heard by the last': step('heard commit', Math.max),
    'keys held by the first': step('said ready', Math.min),
    'keys held by the last': step('said ready', Math.max),
    'everybody holds them': step('heard epoch_ready', Math.min),
  },
});
