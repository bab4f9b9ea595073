/* global document, window */
// Shoots every scene of the gallery in several shapes, and checks each one: axe-core without a
// violation, no complaint of the browser, no sideways scroll, no cut words, targets large enough.
//
//   node test/ui/screenshots.mjs [--out <folder>] [--only <part of a scene's name>] [--shape <name>]
//                                [--all]   every scene in every shape, not only where it may differ
//
// Ends with 1 if anything is wrong. Without --out no picture is kept.

import { mkdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';

import { complaints, openGallery } from './browser.mjs';
import { look } from './look.mjs';

const { values: flags } = parseArgs({
  options: {
    out: { type: 'string' },
    only: { type: 'string', default: '' },
    shape: { type: 'string', default: '' },
    all: { type: 'boolean', default: false },
  },
});

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

/** Two shapes see every scene, the others see BRIEF.
 * `target` is the least size of what one presses: 24 for a mouse, 44 for a finger (WCAG 2.5.8, 2.5.5). */
const SHAPES = {
  desktop: { width: 1280, height: 800, target: 24, every: true },
  dark: { width: 1280, height: 800, target: 24, scheme: 'dark' },
  phone: { width: 360, height: 740, target: 44, touch: true },
  'phone-dark-de': {
    width: 360,
    height: 740,
    target: 44,
    touch: true,
    scheme: 'dark',
    locale: 'de-DE',
  },
  'phone-side': { width: 740, height: 360, target: 44, touch: true },
  zoom200: { width: 640, height: 400, target: 24, scale: 2 },
  zoom400: { width: 320, height: 200, target: 24, locale: 'de-DE' },
  'narrow-en': { width: 320, height: 640, target: 44, touch: true },
  narrow: { width: 320, height: 640, target: 44, touch: true, locale: 'de-DE', every: true },
  wide: { width: 2560, height: 1080, target: 24 },
  forced: { width: 1280, height: 800, target: 24, forced: true },
};

const BRIEF = [
  'home',
  'new-choose',
  'new-ready',
  'lobby',
  'lobby-lost',
  'call-knock',
  'call-queue',
  'call-chat',
  'call-signs',
  'call-alarm-fork',
  'failed-declined',
  'failed-removed',
  'failed-fake-meeting',
  'pre-join-sign-in',
  'pre-join-unasked',
  'pre-join',
  'pre-join-blocked',
  'other-tab',
  'call-1',
  'call-2',
  'call-3',
  'call-5',
  'call-9',
  'call-15',
  'call-muted',
  'call-states',
  'call-notices',
  'call-still-trying',
  'left',
  'failed-media-blocked',
];

/** What a scene looks like after a press: dialogs and the panel are screens too. */
const OPENINGS = {
  'call-3': [
    ['people', '[data-control="people"]', '.panel'],
    ['more', '[data-control="more"]', 'dialog[open]'],
    ['protection', '[data-control="protection"]', 'dialog[open]'],
    ['help', null, 'dialog[open]'],
  ],
  'new-ready': [['host-link', '[data-host-link] summary', '[data-host-link][open]']],
  'call-queue': [
    ['people', '[data-control="people"]', '.callers'],
    ['react', '[data-control="react"]', '.react-bar'],
  ],
  'call-full': [['people', '[data-control="people"]', '.callers-full']],
  'call-locked': [
    ['people', '[data-control="people"]', '.panel'],
    ['safety', ['[data-control="people"]', '[data-control="safety"]'], 'dialog[open]'],
  ],
  'call-chat': [['chat', '[data-control="chat"]', '.panel-chat']],
  'call-signs': [
    ['people', '[data-control="people"]', '.panel'],
    ['protection', '[data-control="protection"]', 'dialog[open]'],
  ],
  'call-compared': [['protection', '[data-control="protection"]', 'dialog[open]']],
  'call-alarm-fork': [['protection', '[data-control="protection"]', 'dialog[open]']],
  'call-15': [['people', '[data-control="people"]', '.panel']],
  'call-no-devices': [['more', '[data-control="more"]', 'dialog[open]']],
  'pre-join-unasked': [['error', '[data-control="join"]', '[aria-invalid="true"]']],
};

const problems = [];

async function settle(tab) {
  await tab.waitForSelector('h1');
  await tab
    .waitForFunction(
      () =>
        [...document.querySelectorAll('video')].every((video) => video.hasAttribute('data-live')),
      undefined,
      { timeout: 5000 },
    )
    .catch(() => problems.push(`${tab.url()}: a picture did not start`));
  await tab.waitForTimeout(200);
}

async function check(tab, name, shape) {
  const said = await tab.evaluate(look, { width: shape.width, target: shape.target });
  await tab.evaluate(() => window.axe !== undefined).then((there) => there || loadAxe(tab));
  const { violations } = await tab.evaluate(() =>
    window.axe.run(document, { resultTypes: ['violations'] }),
  );
  for (const { id, help, nodes } of violations) {
    said.push(
      `axe ${id}: ${help}\n      ${nodes.map((node) => node.html.slice(0, 120)).join('\n      ')}`,
    );
  }
  for (const line of said) problems.push(`${name}: ${line}`);
  if (flags.out !== undefined) {
    await tab.screenshot({ path: join(flags.out, `${name}.png`), animations: 'disabled' });
  }
}

/** As a debugger would: the policy of the page holds for the page, not for its checks. */
async function loadAxe(tab) {
  await tab.evaluate(await readFile(AXE, 'utf8'));
}

async function openings(tab, scene, prefix, shape) {
  for (const [name, press, appears] of OPENINGS[scene] ?? []) {
    if (press === null) await tab.keyboard.press('?');
    else for (const each of [press].flat()) await tab.click(each);
    await tab.waitForSelector(appears);
    await tab.waitForTimeout(150);
    await check(tab, `${prefix}+${name}`, shape);
    await tab.keyboard.press('Escape');
    await tab.waitForTimeout(100);
    await tab.keyboard.press('Escape');
    await tab.waitForTimeout(50);
  }
}

async function shoot(gallery, shapeName, shape) {
  const context = await gallery.browser.newContext({
    viewport: { width: shape.width, height: shape.height },
    deviceScaleFactor: shape.scale ?? 1,
    colorScheme: shape.scheme ?? 'light',
    locale: shape.locale ?? 'en-GB',
    hasTouch: shape.touch ?? false,
    isMobile: shape.touch ?? false,
    reducedMotion: 'reduce', // nothing half-way on a picture
    forcedColors: shape.forced ? 'active' : 'none',
  });
  const tab = await context.newPage();
  const heard = complaints(tab);
  await tab.goto(gallery.address);
  await tab.waitForSelector('[data-scene]');
  const scenes = await tab.$$eval('[data-scene]', (links) =>
    links.map((link) => link.dataset.scene),
  );
  const isSeen = (scene) => flags.all || shape.every === true || BRIEF.includes(scene);
  for (const scene of scenes.filter((one) => one.includes(flags.only) && isSeen(one))) {
    heard.length = 0;
    const name = `${scene}@${shapeName}`;
    await tab.goto(`${gallery.address}?scene=${scene}`);
    await settle(tab);
    await check(tab, name, shape);
    await openings(tab, scene, name, shape);
    for (const line of heard) problems.push(`${name}: browser: ${line}`);
  }
  await context.close();
}

if (flags.out !== undefined) await mkdir(flags.out, { recursive: true });
const gallery = await openGallery();
try {
  const queue = Object.entries(SHAPES).filter(([name]) => name.includes(flags.shape));
  const work = async () => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      await shoot(gallery, ...next);
      process.stdout.write(`${next[0]}: done\n`);
    }
  };
  await Promise.all([work(), work()]);
} finally {
  await gallery.close();
}
process.stdout.write(`${problems.length} problems\n`);
for (const line of problems) process.stderr.write(`  ${line}\n`);
process.exit(problems.length === 0 ? 0 : 1);
