// What does encryption cost a frame, in a browser? Microseconds a frame (median of 15 batches of 200) in a
// worker, with several frames in flight as in a meeting, and one after the other.
// Use: in a network namespace made by tests/e2e/namespace.sh, node bench/transform.mjs [chromium|firefox]…

import { Participant } from '../tests/e2e/lib/browser.mjs';
import { serveFramesPage } from '../tests/e2e/lib/frames_page.mjs';
import { PEOPLE } from '../tests/e2e/lib/people.mjs';
import { report } from './lib/figures.mjs';

const CASES = [
  ['sound', 'audio/opus', 100],
  ['picture', 'video/VP8', 5000],
  ['picture AV1', 'video/AV1', 5000],
  ['large picture', 'video/VP9', 20_000],
  ['key frame', 'video/VP9', 100_000],
];
/** What the table shows; the others are in the file. */
const SHOWN = ['sound', 'picture'];
const ACTS = { seal: 'encrypt', open: 'decrypt' };

const kinds = process.argv.length > 2 ? process.argv.slice(2) : ['chromium', 'firefox'];
const server = await serveFramesPage();
const figures = {};
try {
  for (const kind of kinds) {
    const browser = await Participant.open(PEOPLE[0], kind);
    try {
      await browser.page.goto(server.url);
      await browser.until('the page runs', () => globalThis.lab !== undefined);
      figures[kind] = {};
      for (const [name, mimeType, bytes] of CASES) {
        const times = await browser.evaluate((m, b) => globalThis.lab.bench(m, b), mimeType, bytes);
        figures[kind][name] = { bytes, ...times };
      }
    } finally {
      await browser.close();
    }
  }
} finally {
  await server.close();
}

const row = (kind, name, act) => ({
  what: `${ACTS[act]} a frame of ${name} (${figures[kind][name].bytes} bytes), ${kind}`,
  figure: figures[kind][name][act],
  unit: 'us',
  goal: null,
});
report('transform', {
  rows: kinds.flatMap((kind) => SHOWN.flatMap((name) => Object.keys(ACTS).map((act) => row(kind, name, act)))),
  figuresUs: figures,
});
