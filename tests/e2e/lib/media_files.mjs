// Capture files for Chromium: a small Y4M picture in two colours with a moving bar (so that frames
// differ), and a WAV with the pulsed tone.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { PULSE_ON_MS, PULSE_PERIOD_MS } from './people.mjs';
import { wav } from './wav.mjs';

const WIDTH = 320;
const HEIGHT = 180;
const FRAMES_PER_S = 15;
const FRAMES = 30;
const SAMPLE_RATE = 48000;

/** BT.601, limited range. */
function toYuv([r, g, b]) {
  return [
    Math.round(16 + 0.257 * r + 0.504 * g + 0.098 * b),
    Math.round(128 - 0.148 * r - 0.291 * g + 0.439 * b),
    Math.round(128 + 0.439 * r - 0.368 * g - 0.071 * b),
  ];
}

function frame(person, index) {
  const planes = [0, 1, 2].map((plane) => {
    const scale = plane === 0 ? 1 : 2;
    const width = WIDTH / scale;
    const height = HEIGHT / scale;
    const bytes = Buffer.alloc(width * height);
    const bar = Math.floor((index / FRAMES) * height);
    const colours = [toYuv(person.left)[plane], toYuv(person.right)[plane], [128, 128, 128][plane]];
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const isBar = Math.abs(y - bar) < 3 / scale && Math.abs(x - width / 2) < width / 16;
        bytes[y * width + x] = isBar ? colours[2] : colours[x < width / 2 ? 0 : 1];
      }
    }
    return bytes;
  });
  return Buffer.concat([Buffer.from('FRAME\n'), ...planes]);
}

function picture(person) {
  const head = Buffer.from(`YUV4MPEG2 W${WIDTH} H${HEIGHT} F${FRAMES_PER_S}:1 Ip A1:1 C420jpeg\n`);
  return Buffer.concat([head, ...Array.from({ length: FRAMES }, (_, i) => frame(person, i))]);
}

function sound(person) {
  const samples = SAMPLE_RATE * (PULSE_PERIOD_MS / 1000) * 10;
  const data = Buffer.alloc(samples * 2);
  for (let i = 0; i < samples; i++) {
    const ms = ((i / SAMPLE_RATE) * 1000) % PULSE_PERIOD_MS;
    const edge = Math.min(ms, PULSE_ON_MS - ms, 5) / 5; // no clicks
    const level = ms < PULSE_ON_MS ? 0.4 * Math.max(0, edge) : 0;
    data.writeInt16LE(Math.round(32767 * level * Math.sin((2 * Math.PI * person.tone * i) / SAMPLE_RATE)), i * 2);
  }
  return wav(data, SAMPLE_RATE);
}

/** Writes the capture files of a person; returns their paths. */
export function writeMedia(folder, person) {
  mkdirSync(folder, { recursive: true });
  const video = join(folder, `${person.name}.y4m`);
  const audio = join(folder, `${person.name}.wav`);
  writeFileSync(video, picture(person));
  writeFileSync(audio, sound(person));
  return { video, audio };
}
