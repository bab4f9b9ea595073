// Takes the picture of the README: a real meeting of four, each with a drawn camera picture.
// Use (inside tests/e2e/namespace.sh): node tests/e2e/picture.mjs docs/images

import { join } from 'node:path';

import { Participant } from './lib/browser.mjs';
import { makeMeeting } from './lib/meeting.mjs';
import { Server } from './lib/server.mjs';

const out = process.argv[2] ?? 'docs/images';
const GUESTS = [
  { name: 'Control room', wall: ['#28464b', '#0f2327'], coat: '#c9a227', skin: '#d7a07a' },
  { name: 'Site North', wall: ['#b9c7c9', '#7d949a'], coat: '#2f5d62', skin: '#8d5a3c' },
  { name: 'Site South', wall: ['#d9c3a0', '#a98256'], coat: '#7a2e2e', skin: '#e3b58f' },
  { name: 'Laboratory', wall: ['#e8ebe6', '#b8c4bb'], coat: '#f7f7f2', skin: '#5d3a26' },
];

const draw = (guest) => `(() => {
  const g = ${JSON.stringify(guest)};
  navigator.mediaDevices.getUserMedia = async () => {
    const canvas = document.createElement('canvas');
    canvas.width = 1280; canvas.height = 720;
    const c = canvas.getContext('2d');
    let t = 0;
    setInterval(() => {
      t += 0.05;
      const wall = c.createLinearGradient(0, 0, 900, 720);
      wall.addColorStop(0, g.wall[0]); wall.addColorStop(1, g.wall[1]);
      c.fillStyle = wall; c.fillRect(0, 0, 1280, 720);
      c.globalAlpha = 0.18; c.fillStyle = '#fff'; c.fillRect(880, 90, 240, 330); c.fillRect(120, 150, 150, 220); c.globalAlpha = 1;
      const x = 640 + Math.sin(t) * 6;
      c.fillStyle = g.coat; c.beginPath(); c.ellipse(x, 770, 330, 290, 0, Math.PI, 0); c.fill();
      c.fillStyle = g.skin; c.fillRect(x - 55, 430, 110, 110);
      c.beginPath(); c.ellipse(x, 340, 120, 155, 0, 0, 7); c.fill();
      c.fillStyle = '#2a211c'; c.beginPath(); c.ellipse(x, 275, 132, 115, 0, Math.PI, 0); c.fill();
    }, 50);
    const audio = new AudioContext();
    return new MediaStream([...canvas.captureStream(20).getTracks(), ...audio.createMediaStreamDestination().stream.getTracks()]);
  };
})();`;

const server = await new Server({ binary: 'build/release/incamera' }).start();
const people = [];
try {
  let link = null;
  for (const guest of GUESTS) {
    const p = await Participant.open({ ...guest, left: [0, 0, 0], right: [0, 0, 0], tone: 440 }, 'chromium', { viewport: { width: 1280, height: 800 } });
    people.push(p);
    await p.page.addInitScript(draw(guest));
    if (link === null) {
      ({ link } = await makeMeeting(p, server.url));
    }
    await p.join(link);
  }
  await people[3].click('microphone');
  const shown = people[0];
  await shown.until('four pictures', () => [...document.querySelectorAll('.tile video')].filter((v) => v.videoWidth >= 640).length === 4, 20000);
  await new Promise((resolve) => setTimeout(resolve, 12000)); // notices are gone
  await shown.screenshot(join(out, 'meeting.png'));
  await shown.page.setViewportSize({ width: 390, height: 780 });
  await new Promise((resolve) => setTimeout(resolve, 800));
  await shown.screenshot(join(out, 'meeting-phone.png'));
} finally {
  await Promise.all(people.map((p) => p.close()));
  await server.stop();
  server.forget();
}
