// A participant: one browser process with one page. Chromium by playwright-core with capture from
// files, Firefox by puppeteer-core (WebDriver BiDi) with the preload of this folder.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { writeMedia } from './media_files.mjs';
import { PATIENCE_MS } from './patience.mjs';

const require = createRequire(new URL('../../../web/package.json', import.meta.url));
const here = new URL('.', import.meta.url);
const probe = readFileSync(new URL('probe.js', here), 'utf8');
const preload = readFileSync(new URL('preload_firefox.js', here), 'utf8');

/** A browser says that it has so many cores, on which the choice of a codec depends. */
const withCores = (cores) => (cores === undefined ? '' : `Object.defineProperty(navigator, 'hardwareConcurrency', { get: () => ${cores} });\n`);

const CHROMIUM_FLAGS = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync', '--disable-default-apps', '--no-pings', '--mute-audio',
  '--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream',
  '--allow-loopback-in-peer-connection', '--autoplay-policy=no-user-gesture-required',
  '--disable-backgrounding-occluded-windows', '--disable-renderer-backgrounding',
  '--disable-background-timer-throttling',
];

const FIREFOX_PREFS = {
  'media.navigator.permission.disabled': true,
  'media.navigator.streams.fake': true,
  'media.peerconnection.ice.loopback': true,
  'media.peerconnection.ice.obfuscate_host_addresses': false,
  'media.autoplay.default': 0,
  'media.autoplay.blocking_policy': 0,
  'media.autoplay.block-webaudio': false,

  'app.normandy.enabled': false,
  'app.update.enabled': false,
  'browser.safebrowsing.malware.enabled': false,
  'browser.safebrowsing.phishing.enabled': false,
  'browser.safebrowsing.downloads.enabled': false,
  'browser.region.network.url': '',
  'datareporting.healthreport.uploadEnabled': false,
  'datareporting.policy.dataSubmissionEnabled': false,
  'extensions.getAddons.cache.enabled': false,
  'media.gmp-manager.updateEnabled': false,
  'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false,
  'services.settings.server': '',
  'toolkit.telemetry.enabled': false,
};

async function openChromium(person, options) {
  const { chromium } = require('playwright-core');
  const folder = mkdtempSync(join(tmpdir(), 'incamera-chromium-'));
  const media = writeMedia(folder, person);
  const context = await chromium.launchPersistentContext(join(folder, 'profile'), {
    executablePath: '/usr/bin/chromium',
    headless: true,
    args: [...CHROMIUM_FLAGS, ...(options.flags ?? []), `--use-file-for-fake-video-capture=${media.video}`, `--use-file-for-fake-audio-capture=${media.audio}`],
    viewport: options.viewport ?? { width: 800, height: 500 },
    permissions: ['microphone', 'camera', 'clipboard-read', 'clipboard-write'],
    locale: 'en-GB',
    ...options.context,
  });
  await context.addInitScript(withCores(options.cores) + probe);
  const page = context.pages()[0] ?? (await context.newPage());
  const close = async () => {
    await context.close();
    rmSync(folder, { recursive: true, force: true });
  };
  return { page, context, close };
}

async function openFirefox(person, options) {
  const puppeteer = require('puppeteer-core');
  const browser = await puppeteer.launch({
    browser: 'firefox',
    executablePath: '/usr/bin/firefox-esr',
    headless: true,
    acceptInsecureCerts: options.isInsecure ?? false,
    extraPrefsFirefox: { ...FIREFOX_PREFS, ...options.prefs },
    protocolTimeout: 60000,
  });
  const page = (await browser.pages())[0] ?? (await browser.newPage());
  await page.setViewport({ width: 800, height: 500 });
  await page.evaluateOnNewDocument(`${withCores(options.cores)}globalThis.__person = ${JSON.stringify(person)};\n${preload}\n${probe}`);
  return { page, context: null, close: () => browser.close() };
}

/** One person in one browser. */
export class Participant {
  constructor(person, kind) {
    this.person = person;
    this.kind = kind;
    this.messages = [];
  }

  static async open(person, kind = 'chromium', options = {}) {
    const p = new Participant(person, kind);
    p.watch(kind === 'firefox' ? await openFirefox(person, options) : await openChromium(person, options));
    return p;
  }

  /** Several people in one Chromium, to save memory; they all show what the first one shows. */
  static async openCrowd(people, options = {}) {
    const first = await Participant.open(people[0], 'chromium', options);
    const crowd = [first];
    for (const person of people.slice(1)) {
      const context = await first.context.browser().newContext({
        viewport: options.viewport ?? { width: 800, height: 500 },
        permissions: ['microphone', 'camera'],
        locale: 'en-GB',
      });
      await context.addInitScript(probe);
      const p = new Participant(person, 'chromium');
      p.watch({ page: await context.newPage(), context, close: () => context.close() });
      crowd.push(p);
    }
    return crowd;
  }

  watch(browser) {
    Object.assign(this, browser);
    this.page.on('console', (m) => {
      if (['error', 'warning', 'warn'].includes(m.type())) this.messages.push(`${m.type()}: ${m.text()}`);
    });
    this.page.on('pageerror', (e) => this.messages.push(`page error: ${e.message ?? e}`));
    this.hosts = new Set();
    this.page.on('request', (r) => {
      const url = r.url();
      if (/^(https?|wss?):/.test(url)) this.hosts.add(new URL(url).host);
    });
  }

  /** Runs a function in the page (as an expression, which the page's own policy does not concern). */
  evaluate(f, ...args) {
    return this.page.evaluate(`(${f})(...${JSON.stringify(args)})`);
  }

  async click(control) {
    await this.until(`the control ${control}`, (c) => document.querySelector(`[data-control="${c}"]`) !== null, PATIENCE_MS, control);
    await this.evaluate((c) => document.querySelector(`[data-control="${c}"]`).click(), control);
  }

  async typeName() {
    await this.page.waitForSelector('input[name="name"]', { timeout: PATIENCE_MS });
    if (this.kind === 'firefox') {
      await this.page.click('input[name="name"]');
      await this.page.keyboard.type(this.person.name);
    } else {
      await this.page.fill('input[name="name"]', this.person.name);
    }
  }

  /** From the link to the pre-join page with devices. */
  async prepare(link) {
    await this.page.goto('about:blank'); // a link to the page that is open would only move its fragment
    await this.page.goto(link);
    await this.click('use-devices');
    await this.until('the devices are there', () => document.querySelector('[data-control="camera"][data-state="on"]') !== null);
    await this.typeName();
  }

  async join(link) {
    await this.prepare(link);
    await this.click('join');
    await this.connected();
  }

  connected(ms = PATIENCE_MS) {
    return this.until('connected', () => document.querySelector('.call[data-connection="connected"]') !== null && globalThis.__probe.state() === 'connected', ms);
  }

  /** Polls a condition in the page; the time that it took. */
  async until(what, condition, ms = PATIENCE_MS, ...args) {
    const start = Date.now();
    for (;;) {
      if (await this.evaluate(condition, ...args)) return Date.now() - start;
      if (Date.now() - start > ms) {
        const text = await this.evaluate(() => document.body.innerText.slice(0, 400));
        throw new Error(`${this.person.name} (${this.kind}): ${what}: not within ${ms} ms. The page says:\n${text}\n${this.messages.slice(-10).join('\n')}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  tiles() {
    return this.evaluate(() => globalThis.__probe.tiles());
  }

  tones(list, ms = 1500) {
    return this.evaluate((l, t) => globalThis.__probe.tones(l, t), list, ms);
  }

  sent() {
    return this.evaluate(() => globalThis.__probe.sent());
  }

  screenshot(path) {
    return this.page.screenshot({ path });
  }
}
