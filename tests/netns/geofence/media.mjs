// Media in a meeting while something else happens: `incamera load` as one who sends and one who receives, who
// came in by real commits. Every packet is checked: that it came, once, in order, authentic, with its frame.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';

/** People that it counts as at its node. */
export const MEDIA_SEATS = 2;
const LOSS_MAX = 0.01;
const FRAMES = 10; // of 10 packets each, in a second
const LONGEST_S = 300;
const BINARY = resolve(process.env.TEST_BINARY ?? 'build/release/incamera');

export class Media {
  #text = '';
  #report = '';

  /** Flows when this answers. */
  static async at(node) {
    const media = new Media();
    const words = ['load', '--json', '--publishers=1', '--subscribers=1', `--frames=${FRAMES}`, `--seconds=${LONGEST_S}`, '--'];
    media.child = spawn(BINARY, [...words, process.execPath, 'bench/members.mjs', node.origin], { stdio: ['ignore', 'pipe', 'pipe'] });
    media.child.stdout.on('data', (bytes) => { media.#report += bytes; });
    const flows = new Promise((resolve, reject) => {
      media.child.stderr.on('data', (bytes) => {
        media.#text += bytes;
        if (media.#text.includes('measuring')) resolve();
      });
      media.child.once('close', () => reject(new Error(`no media: ${media.#text}`)));
    });
    await flows;
    return media;
  }

  stop() {
    if (this.child.exitCode === null) this.child.kill('SIGKILL');
  }

  async go() {
    if (this.child.exitCode === null) await this.end().catch(() => this.stop());
  }

  /** Ends it: { packets, lost, delayMs } from the moment at which it flowed. */
  async end() {
    const ended = this.child.exitCode === null ? once(this.child, 'close') : Promise.resolve();
    this.child.kill('SIGINT');
    await ended;
    const { arrived, faults, delay_us } = JSON.parse(this.#report);
    const { gaps, missing, ...others } = faults;
    return { packets: arrived, lost: (gaps + missing) / (arrived + gaps + missing), others, delayMs: delay_us.p99 / 1000 };
  }
}

/** Nearly nothing was lost, and nothing else was wrong. */
export function flowed({ packets, lost, others }) {
  assert.ok(packets > 10 * FRAMES, `${packets} packets`);
  assert.ok(lost < LOSS_MAX, `lost: ${100 * lost} % of ${packets}`);
  assert.deepEqual(Object.entries(others).filter(([, count]) => count > 0), [], 'faults of media');
}
