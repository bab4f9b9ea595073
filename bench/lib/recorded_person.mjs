// What is recorded (bench/record.mjs): somebody in front of a camera who speaks in sentences, made up, so that anybody
// can make the same again. A picture of 1280x720 with texture, a head that moves and the noise of a sensor; a sound of
// syllables with pauses between them, and silence while others speak.

import { closeSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { wav } from '../../tests/e2e/lib/wav.mjs';
import { seeded } from '../../tests/vectors/mls_incamera/people.mjs';

export const WIDTH = 1280;
export const HEIGHT = 720;
export const FRAMES_PER_S = 25;
const FRAMES = 150; // 6 s, then it jumps back: a change of the whole picture
const SAMPLE_RATE = 48000;
const SOUND_S = 40;

const clamp = (value) => Math.max(16, Math.min(235, value));

/** A room behind: large shapes and fine texture. */
function background(random) {
  const luma = new Uint8Array(WIDTH * HEIGHT);
  for (let y = 0; y < HEIGHT; y++) {
    for (let x = 0; x < WIDTH; x++) {
      const shapes = 40 * Math.sin(x / 97) * Math.cos(y / 61) + (x > 900 && y < 400 ? 45 : 0);
      luma[y * WIDTH + x] = clamp(100 + shapes + random(13) - 6);
    }
  }
  return luma;
}

/** Frame `i`: the head goes about, the mouth opens and shuts, and each pixel has noise. */
function frame(i, room, noise, random) {
  const luma = Buffer.alloc(WIDTH * HEIGHT);
  const centre = { x: 600 + 60 * Math.sin(i / 19) + 4 * Math.sin(i / 5), y: 380 + 20 * Math.sin(i / 11) };
  const mouth = 8 + 14 * Math.abs(Math.sin(i / 2.3));
  const shift = random(noise.length - WIDTH * HEIGHT);
  for (let y = 0; y < HEIGHT; y++) {
    const dy = y - centre.y;
    for (let x = 0; x < WIDTH; x++) {
      const at = y * WIDTH + x;
      const dx = x - centre.x;
      let value = room[at];
      if ((dx / 190) ** 2 + (dy / 260) ** 2 < 1) value = 165 + 25 * Math.sin(dx / 23) * Math.cos(dy / 17);
      if ((dx / 60) ** 2 + ((dy - 110) / mouth) ** 2 < 1) value = 60;
      luma[at] = clamp(value + noise[at + shift]);
    }
  }
  const chroma = Buffer.alloc((WIDTH / 2) * (HEIGHT / 2), 118);
  const other = Buffer.alloc(chroma.length);
  for (let k = 0; k < other.length; k++) other[k] = luma[2 * Math.floor(k / (WIDTH / 2)) * WIDTH + 2 * (k % (WIDTH / 2))] > 150 ? 148 : 130;
  return Buffer.concat([Buffer.from('FRAME\n'), luma, chroma, other]);
}

function writePicture(path) {
  const random = seeded(7);
  const room = background(random);
  const noise = Int8Array.from({ length: WIDTH * HEIGHT + 65536 }, () => (random(16) === 0 ? random(3) - 1 : 0));
  const file = openSync(path, 'w');
  writeSync(file, `YUV4MPEG2 W${WIDTH} H${HEIGHT} F${FRAMES_PER_S}:1 Ip A1:1 C420jpeg\n`);
  for (let i = 0; i < FRAMES; i++) writeSync(file, frame(i, room, noise, random));
  closeSync(file);
}

/** Who speaks for 1 to 6 s, in syllables of 120 to 260 ms, and is silent for 1 to 5 s. */
function writeSound(path) {
  const random = seeded(11);
  const samples = SAMPLE_RATE * SOUND_S;
  const data = Buffer.alloc(samples * 2);
  let at = 0;
  while (at < samples) {
    const sentenceEnd = at + SAMPLE_RATE * (1 + random(5001) / 1000);
    while (at < Math.min(sentenceEnd, samples)) {
      const length = Math.floor(SAMPLE_RATE * (0.12 + random(140) / 1000));
      const pitch = 110 + random(60);
      const formant = 500 + random(1500);
      for (let k = 0; k < length && at + k < samples; k++) {
        const t = k / SAMPLE_RATE;
        const envelope = Math.sin((Math.PI * k) / length) ** 0.5;
        const voice = Math.sin(2 * Math.PI * pitch * t) + 0.5 * Math.sin(2 * Math.PI * formant * t) * Math.sin(2 * Math.PI * pitch * t);
        data.writeInt16LE(Math.round(7000 * envelope * (voice + (random(200) - 100) / 500)), (at + k) * 2);
      }
      at += length + random(Math.floor(SAMPLE_RATE * 0.06));
    }
    at += Math.floor(SAMPLE_RATE * (1 + random(4001) / 1000));
  }
  writeFileSync(path, wav(data, SAMPLE_RATE));
}

export function writeRecordedPerson(picture, sound) {
  writePicture(picture);
  writeSound(sound);
}
