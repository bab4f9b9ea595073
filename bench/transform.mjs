// What does encryption cost a frame, in a browser? Prints one line and writes build/bench/transform.json:
// microseconds a frame (median of 15 batches of 200) in a worker, with several frames in flight as in a
// meeting, and one after the other. Use: node bench/transform.mjs [chromium|firefox]…

import { mkdirSync, writeFileSync } from 'node:fs';

import { Participant } from '../tests/e2e/lib/browser.mjs';
import { serveFramesPage } from '../tests/e2e/lib/frames_page.mjs';
import { PEOPLE } from '../tests/e2e/lib/people.mjs';

const CASES = [
  ['sound', 'audio/opus', 100],
  ['picture', 'video/VP8', 5000],
  ['picture AV1', 'video/AV1', 5000],
  ['large picture', 'video/VP9', 20_000],
  ['key frame', 'video/VP9', 100_000],
];

const out = new URL('../build/bench/', import.meta.url);
const kinds = process.argv.length > 2 ? process.argv.slice(2) : ['chromium', 'firefox'];
const server = await serveFramesPage();
const figures = {};

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
await server.close();
mkdirSync(out, { recursive: true });
writeFileSync(new URL('transform.json', out), `${JSON.stringify({ unit: 'us a frame', figures }, null, 2)}\n`);
console.log(`transform_us ${JSON.stringify(figures)}`);
