// Do the pictures of those who are in stop while many come at once? Two browsers talk, and scripted clients with ID
// tokens come in commits of 50, which both browsers take and whose newcomers they check. Measured in the receiving
// page from the host's click until 4 s after both list all newcomers, against the same page before anybody knocked:
// the longest pause between two frames that were shown, and the freezes that the browser counted. One machine plays
// everybody, so the scripted clients stand still in that time, and rest once they have taken their Welcome; and in
// every other batch a proxy lets each browser hear of the commit when the one before has taken it, as if each had
// a processor for itself.
// Use: in a network namespace made by tests/e2e/namespace.sh, node bench/crowd.mjs [members, 3 of whom are first]

import { Participant } from '../tests/e2e/lib/browser.mjs';
import { PEOPLE } from '../tests/e2e/lib/people.mjs';
import { Server } from '../tests/e2e/lib/server.mjs';
import { Crowds } from '../tests/meeting/lib/crowds.mjs';
import { LargeMeeting } from '../tests/meeting/lib/large_meeting.mjs';
import { Signer } from '../tests/meeting/lib/signer.mjs';
import { HostileServer } from '../tests/hostile/hostile_server.mjs';
import { median, report, sleep } from './lib/figures.mjs';

const MEMBERS = Number(process.argv[2] ?? 103);
/** When each browser hears of a commit, in the batches by turns: the host, in this process, goes first. More would be
 * a line that is lost (docs/protocol/signalling.md 5): nothing else may pass the commit. */
const TURNS_MS = [300, 900];
const ADDS = 50;
const CONTROL_MS = 20_000;
const AFTER_MS = 4000;
/** More than in the control; a person takes half a second for a stutter. */
const GOAL_MS = 500;

const signer = await new Signer().start();
const server = new Server({ binary: process.env.TEST_BINARY ?? 'build/release/incamera', port: 8096, mediaPort: 10300, flags: ['--issuer', `${signer.url} in-camera Crowd`] });
const crowds = new Crowds(2);
const browsers = [];
const proxies = [];
let isByTurns = false;

/**
 * In the page: notes when pictures of the other one's camera come out of the decoder, in a worker, because the
 * page's own thread may be busy while pictures go on; and how many of them the tile's video has shown.
 */
const watch = async () => {
  const connection = globalThis.__probe.connections.at(-1);
  const reports = [...(await connection.getStats()).values()];
  const { mid } = reports.filter(({ type, kind }) => type === 'inbound-rtp' && kind === 'video')
    .reduce((a, b) => ((b.framesDecoded ?? 0) > (a.framesDecoded ?? 0) ? b : a));
  const { receiver } = connection.getTransceivers().find((each) => each.mid === mid);
  const video = [...document.querySelectorAll('video')].find(({ srcObject }) => srcObject?.getVideoTracks()[0] === receiver.track);
  const watched = { connection, receiver, times: [], tasks: [], presented: 0 };
  globalThis.__watched = watched;
  const onFrame = (_now, { presentedFrames }) => {
    watched.presented = presentedFrames;
    video.requestVideoFrameCallback(onFrame);
  };
  video.requestVideoFrameCallback(onFrame);
  const onMessage = async ({ data }) => {
    const reader = data.getReader();
    for (;;) {
      const { value: frame } = await reader.read();
      postMessage(performance.timeOrigin + performance.now());
      frame.close();
    }
  };
  const worker = new Worker(URL.createObjectURL(new Blob([`onmessage = ${onMessage}`])));
  worker.onmessage = ({ data }) => watched.times.push(data - performance.timeOrigin);
  const { readable } = new MediaStreamTrackProcessor({ track: receiver.track.clone() });
  worker.postMessage(readable, [readable]);
  new PerformanceObserver((list) => watched.tasks.push(...list.getEntries())).observe({ type: 'longtask' });
};

/** In the page: when pictures came so far, and what the browser counted. */
const read = async () => {
  const { connection, receiver, times, tasks, presented } = globalThis.__watched;
  const inbound = async (of) => [...(await of.getStats()).values()].filter(({ type }) => type === 'inbound-rtp');
  const [{ freezeCount, totalFreezesDuration }] = await inbound(receiver);
  const sounds = (await inbound(connection)).filter(({ kind }) => kind === 'audio');
  const sum = (of) => sounds.reduce((total, each) => total + (of(each) || 0), 0);
  return {
    now: performance.now(),
    times: times.map(Math.round),
    presented,
    tasks: tasks.map(({ startTime, duration }) => ({ at: startTime, ms: duration })),
    samples: sum(({ totalSamplesReceived }) => totalSamplesReceived),
    concealed: sum(({ concealedSamples, silentConcealedSamples }) => concealedSamples - silentConcealedSamples),
    freezes: freezeCount,
    frozenS: totalFreezesDuration,
  };
};

/** A pause that has not ended yet counts as far as it has come. */
function between(start, end) {
  const times = [start.now, ...end.times.filter((at) => at > start.now), end.now];
  const pauses = times.slice(1).map((at, i) => at - times[i]);
  const s = (end.now - start.now) / 1000;
  return {
    s: Math.round(s),
    framesPerS: Number(((times.length - 2) / s).toFixed(1)),
    presentedPerS: Number(((end.presented - start.presented) / s).toFixed(1)),
    longestMs: Math.round(Math.max(...pauses)),
    longestTaskMs: Math.round(Math.max(0, ...end.tasks.filter(({ at }) => at > start.now).map(({ ms }) => ms))),
    concealedPercent: Number(((100 * (end.concealed - start.concealed)) / (end.samples - start.samples)).toFixed(2)),
    freezes: end.freezes - start.freezes,
    frozenS: Number((end.frozenS - start.frozenS).toFixed(2)),
  };
}

const reading = () => Promise.all(browsers.map((p) => p.evaluate(read)));
const figuresOf = (starts, ends) => ends.map((end, i) => between(starts[i], end));

/** Two browsers, let in by the host. */
async function bringBrowsers(meeting) {
  const { meeting: id, secret, policyHash } = meeting.place;
  const text = (bytes) => Buffer.from(bytes).toString('base64url');
  for (const [i, person] of PEOPLE.slice(0, 2).entries()) {
    const proxy = await new HostileServer(server, 8097 + i).start();
    proxies.push(proxy);
    proxy.toClient = async (message) => {
      if (isByTurns && message.type === 'commit') await sleep(TURNS_MS[i]);
      return message;
    };
    const link = `${proxy.url}/m/${text(id)}#1.${text(secret)}.${text(policyHash)}`;
    const p = await Participant.open(person, 'chromium', { context: { bypassCSP: true } }); // for the worker that watches
    browsers.push(p);
    await p.prepare(link);
    await p.click('join');
    await meeting.areAtTheDoor(1, ({ name }) => name === person.name);
    await meeting.admitAll();
    await p.connected(30_000);
  }
  await sleep(5000);
  for (const p of browsers) await p.evaluate(watch);
  await sleep(3000);
}

/** One batch: the newcomers knock, then the crowd stands still while the browsers take the commit. */
async function fill(meeting, count) {
  await crowds.come(meeting.place, await meeting.people(count), { isTrusting: true });
  await meeting.areAtTheDoor(count);
  await sleep(AFTER_MS);
  crowds.pause();
  const begin = await reading();
  let busy;
  await meeting.admitAll(async () => {
    for (const p of browsers)
      await p.until(`${meeting.members} people`, (n) => document.querySelector('[data-control="people"]').textContent.includes(String(n)), 60_000, meeting.members);
    await sleep(AFTER_MS);
    busy = figuresOf(begin, await reading());
    crowds.resume();
  });
  await crowds.every('rest');
  return busy;
}

let control;
const filling = [];
try {
  await Promise.all([server.start(), crowds.start()]);
  const meeting = await new LargeMeeting({ server, signer, crowds }).begin();
  await bringBrowsers(meeting);
  const begin = await reading();
  await sleep(CONTROL_MS);
  control = figuresOf(begin, await reading());
  while (meeting.members < MEMBERS) {
    const figures = await fill(meeting, Math.min(ADDS, MEMBERS - meeting.members));
    filling.push({ isByTurns, figures });
    isByTurns = !isByTurns;
  }
  await crowds.every('stop');
  meeting.host.stop();
} finally {
  await Promise.all(browsers.map((p) => p.close().catch(() => {})));
  await Promise.all(proxies.map((proxy) => proxy.stop()));
  crowds.stop();
  signer.stop();
  await server.stop();
  server.forget();
}

const still = Math.max(...control.map(({ longestMs }) => longestMs));
const row = (what, turns) => {
  const pauses = filling.filter((each) => each.isByTurns === turns).flatMap(({ figures }) => figures.map(({ longestMs }) => longestMs));
  return { what, figure: Math.round(median(pauses)), unit: 'ms', goal: still + GOAL_MS };
};
report('crowd', {
  rows: [
    { what: 'longest pause of a picture, nobody comes', figure: still, unit: 'ms', goal: null },
    row(`longest pause while ${ADDS} come, one machine plays all`, false),
    row(`longest pause while ${ADDS} come, each in its turn`, true),
  ],
  members: MEMBERS,
  control,
  filling,
});
process.exit(0); // sockets of the crowd
