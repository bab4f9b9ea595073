// Records what one person sends, for shape M of `incamera load`: Chromium encodes a made-up camera (1280x720, 25 frames
// a second, VP8 at up to 1.5 Mbit/s, as WebRTC's rate control has it) and a made-up voice (Opus, DTX), both live over a
// connection on loopback. An encoded transform behind the encoders writes when each frame came, its bytes, and whether
// it is a key frame. One is asked for twice, as when somebody comes. What comes out is C: server/shell/load_recording.c.
// Use: as root, unshare --net tests/e2e/namespace.sh node bench/record.mjs [seconds, 20]

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FRAMES_PER_S, HEIGHT, WIDTH, writeRecordedPerson } from './lib/recorded_person.mjs';

const SECONDS = Number(process.argv[2] ?? 20);
const WARM_UP_S = 15; // until the estimate of the bandwidth lets the encoder have all of it
const BITS_PER_S = 1_500_000;
const KEY_FRAMES_AT_S = [0.35, 0.7].map((part) => part * SECONDS);
const OUT = 'server/shell/load_recording.c';

const worker = `
  onrtctransform = ({ transformer }) => {
    const { kind, isSender } = transformer.options;
    if (!isSender) {
      onmessage = () => transformer.sendKeyFrameRequest();
      transformer.readable.pipeTo(transformer.writable); // who could not decode would ask for key frames
      return;
    }
    const note = new TransformStream({
      transform(frame, controller) {
        postMessage({ kind, at: performance.timeOrigin + performance.now(), bytes: frame.data.byteLength, isKey: frame.type === 'key' });
        controller.enqueue(frame);
      },
    });
    transformer.readable.pipeThrough(note).pipeTo(transformer.writable);
  };`;

/** Runs in the page; resolves with the frames of both kinds. */
async function record({ worker: source, seconds, warmUp, keyFramesAt, bitsPerS, width, height, framesPerS }) {
  const url = URL.createObjectURL(new Blob([source], { type: 'text/javascript' }));
  const stream = await navigator.mediaDevices.getUserMedia({
    video: { width, height, frameRate: framesPerS },
    audio: { echoCancellation: false, noiseSuppression: false, autoGainControl: false },
  });
  const [out, into] = [new RTCPeerConnection(), new RTCPeerConnection()];
  out.onicecandidate = ({ candidate }) => candidate && into.addIceCandidate(candidate);
  into.onicecandidate = ({ candidate }) => candidate && out.addIceCandidate(candidate);
  const frames = [];
  const workers = { audio: new Worker(url), video: new Worker(url) };
  for (const track of stream.getTracks()) {
    const sender = out.addTrack(track, stream);
    sender.transform = new RTCRtpScriptTransform(workers[track.kind], { kind: track.kind, isSender: true });
    workers[track.kind].onmessage = ({ data }) => frames.push(data);
  }
  let asks;
  into.ontrack = ({ receiver, track }) => {
    const reader = new Worker(url);
    receiver.transform = new RTCRtpScriptTransform(reader, { kind: track.kind, isSender: false });
    if (track.kind === 'video') asks = reader;
  };
  const [video] = out.getTransceivers().filter(({ sender }) => sender.track.kind === 'video');
  video.setCodecPreferences(RTCRtpSender.getCapabilities('video').codecs.filter(({ mimeType }) => /\/(VP8|rtx)$/i.test(mimeType)));
  await out.setLocalDescription();
  const withDtx = (sdp) => sdp.replace(/^(a=fmtp:111 .*)$/gm, '$1;usedtx=1');
  await into.setRemoteDescription(out.localDescription);
  await into.setLocalDescription();
  await out.setRemoteDescription({ type: 'answer', sdp: withDtx(into.localDescription.sdp) });
  const parameters = video.sender.getParameters();
  parameters.degradationPreference = 'maintain-resolution';
  parameters.encodings[0].maxBitrate = bitsPerS;
  await video.sender.setParameters(parameters);
  const sleep = (s) => new Promise((resolve) => setTimeout(resolve, 1000 * s));
  await sleep(warmUp);
  const began = performance.timeOrigin + performance.now();
  asks.postMessage('key frame');
  for (const [i, at] of keyFramesAt.entries()) {
    await sleep(at - (keyFramesAt[i - 1] ?? 0));
    asks.postMessage('key frame');
  }
  await sleep(seconds - keyFramesAt.at(-1) + 1);
  const stats = [...(await video.sender.getStats()).values()].find(({ type }) => type === 'outbound-rtp');
  return { began, frames, stats };
}

/** From the first key frame on, until `SECONDS` later; times in ms from there. */
function cut({ began, frames }, kind) {
  const first = frames.find((each) => each.kind === 'video' && each.isKey && each.at >= began).at;
  const mine = frames.filter((each) => each.kind === kind && each.at >= first && each.at < first + 1000 * SECONDS && each.bytes > 0); // 0: DTX, not sent
  return mine.map(({ at, bytes, isKey }) => ({ at: Math.round(at - first), bytes, isKey: kind === 'video' && isKey }));
}

const table = (name, frames) =>
  `static const struct ic_load_recorded ${name}[] = {${frames.map(({ at, bytes, isKey }) => `{${at}, ${bytes}, ${isKey}}`).join(',')}};\n`;

const recording = (name, frames) =>
  `const struct ic_load_recording ic_load_recording_${name} = {.length_ms = ${1000 * SECONDS}, .frame_max = ${Math.max(...frames.map(({ bytes }) => bytes))}, .count = sizeof ${name} / sizeof ${name}[0], .frames = ${name}};\n`;

function write({ began, frames, stats }) {
  const picture = cut({ began, frames }, 'video');
  const sound = cut({ began, frames }, 'audio');
  const bits = (list) => Math.round((8 * list.reduce((sum, { bytes }) => sum + bytes, 0)) / SECONDS / 1000);
  const keys = picture.filter(({ isKey }) => isKey);
  const said = `${SECONDS} s: ${picture.length} frames of a picture of ${stats.frameWidth}x${stats.frameHeight} (${bits(picture)} kbit/s, key frames of ${keys.map(({ bytes }) => bytes).join(', ')} bytes), ${sound.length} of a sound (${bits(sound)} kbit/s)`;
  const text = `/* Recorded by bench/record.mjs, which says how; not written by hand. ${said}. */
#include "shell/load_recording.h"

${table('picture', picture)}
${table('sound', sound)}
${recording('picture', picture)}${recording('sound', sound)}`;
  writeFileSync(OUT, text);
  spawnSync('clang-format', ['-i', OUT], { stdio: 'inherit' });
  console.log(said);
}

const require = createRequire(new URL('../web/package.json', import.meta.url));
const { chromium } = require('playwright-core');
const folder = mkdtempSync(join(tmpdir(), 'incamera-record-'));
const [picture, sound] = [join(folder, 'person.y4m'), join(folder, 'person.wav')];
writeRecordedPerson(picture, sound);
const server = createServer((_, response) => response.setHeader('content-type', 'text/html').end('<!doctype html>'));
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: [
    '--no-sandbox', '--disable-gpu', '--allow-loopback-in-peer-connection', '--disable-features=WebRtcHideLocalIpsWithMdns',
    '--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream', '--mute-audio',
    `--use-file-for-fake-video-capture=${picture}`, `--use-file-for-fake-audio-capture=${sound}`,
  ],
});
try {
  const page = await browser.newPage();
  await page.goto(`http://localhost:${server.address().port}/`);
  const options = { worker, seconds: SECONDS, warmUp: WARM_UP_S, keyFramesAt: KEY_FRAMES_AT_S, bitsPerS: BITS_PER_S, width: WIDTH, height: HEIGHT, framesPerS: FRAMES_PER_S };
  write(await page.evaluate(record, options));
} finally {
  await browser.close();
  server.close();
  rmSync(folder, { recursive: true, force: true });
}
