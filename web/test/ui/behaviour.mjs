/* global document, window */
// What a person does with the keyboard, the mouse and a screen reader, on the gallery in Chromium.
//
//   node test/ui/behaviour.mjs

import assert from 'node:assert/strict';
import process from 'node:process';
import { URL } from 'node:url';

import { complaints, openGallery } from './browser.mjs';

const gallery = await openGallery();
const shows = (tab, selector) => tab.locator(selector).first().waitFor({ timeout: 3000 });
const sent = (tab) => tab.evaluate(() => window.sent.splice(0));
const types = async (tab) => (await sent(tab)).map(({ type }) => type);
const focused = (tab) =>
  tab.evaluate(() => document.activeElement.dataset.control ?? document.activeElement.localName);
const text = (tab, selector) => tab.locator(selector).innerText();

const CHECKS = {
  async 'the start page by keyboard alone'(open) {
    const tab = await open('home');
    await tab.keyboard.press('Tab');
    assert.equal(await focused(tab), 'a');
    await tab.keyboard.press('Tab');
    await tab.keyboard.press('Enter');
    assert.deepEqual(await types(tab), ['make-meeting']);
  },

  async 'joining by keyboard alone; letters in the name are letters'(open) {
    const tab = await open('pre-join-unasked');
    await tab.locator('input[name="name"]').focus();
    await tab.keyboard.press('Enter');
    assert.deepEqual(await types(tab), []);
    assert.equal(await tab.locator('input[name="name"]').getAttribute('aria-invalid'), 'true');
    assert.equal(await focused(tab), 'input');
    await tab.keyboard.type('mvp? ');
    assert.equal(await tab.locator('input[name="name"]').inputValue(), 'mvp? ');
    const events = await sent(tab);
    assert.ok(events.every(({ type }) => type === 'set-name'));
    assert.equal(events.at(-1).name, 'mvp? ');
    await tab.keyboard.press('Enter');
    assert.deepEqual(await types(tab), ['join']);
  },

  async 'our question comes before the question of the browser'(open) {
    const tab = await open('pre-join-unasked');
    await tab.click('[data-control="use-devices"]');
    await tab.click('[data-control="without-devices"]');
    assert.deepEqual(await sent(tab), [
      { type: 'use-devices', microphone: true, camera: true },
      { type: 'use-devices', microphone: false, camera: false },
    ]);
  },

  async 'the shortcuts of the call'(open) {
    const tab = await open('call-3');
    await tab.keyboard.press('m');
    await tab.keyboard.press('V');
    assert.deepEqual(await sent(tab), [
      { type: 'toggle', source: 'microphone' },
      { type: 'toggle', source: 'camera' },
    ]);
    const microphone = tab.locator('[data-control="microphone"]');
    assert.equal(await microphone.getAttribute('aria-checked'), 'false');
    await tab.keyboard.press('Control+m');
    assert.deepEqual(await types(tab), []);
    await tab.keyboard.press('F2');
    assert.equal(await focused(tab), 'microphone');
  },

  async 'the bar in its order, and leaving, by keyboard'(open) {
    const tab = await open('call-3');
    await tab.keyboard.press('F2');
    const order = [];
    for (let turn = 0; turn < 5; turn++) {
      order.push(await focused(tab));
      if (turn < 4) await tab.keyboard.press('Tab');
    }
    assert.deepEqual(order, ['microphone', 'camera', 'people', 'more', 'leave']);
    await tab.keyboard.press('Enter');
    assert.deepEqual(await types(tab), ['leave']);
  },

  async 'the list of people opens, closes and gives the focus back'(open) {
    const tab = await open('call-3');
    await tab.keyboard.press('p');
    await shows(tab, '.panel');
    assert.equal(await focused(tab), 'h2');
    assert.equal(await tab.locator('.panel-row').count(), 3);
    await tab.keyboard.press('Escape');
    await tab.locator('.panel').waitFor({ state: 'detached' });
    assert.equal(await focused(tab), 'people');
  },

  async 'a dialog keeps the focus, and gives it back'(open) {
    const tab = await open('call-3');
    await tab.locator('[data-control="more"]').focus();
    await tab.keyboard.press('Enter');
    await shows(tab, 'dialog[open]');
    await tab.keyboard.press('p');
    assert.equal(await tab.locator('.panel').count(), 0);
    for (let turn = 0; turn < 12; turn++) {
      await tab.keyboard.press('Tab');
      assert.ok(
        await tab.evaluate(
          () =>
            document.activeElement === document.body || document.activeElement.closest('dialog'),
        ),
      );
    }
    await tab.keyboard.press('Escape');
    await tab.locator('dialog').waitFor({ state: 'detached' });
    assert.equal(await focused(tab), 'more');
  },

  async 'single letters can be turned off, for good'(open) {
    const tab = await open('call-3');
    await tab.keyboard.press('?');
    await tab.locator('dialog input[type="checkbox"]').uncheck();
    await tab.keyboard.press('Escape');
    await tab.keyboard.press('m');
    assert.deepEqual(await types(tab), []);
    await tab.reload();
    await shows(tab, '.tile');
    await tab.keyboard.press('m');
    assert.deepEqual(await types(tab), []);
    await tab.keyboard.press('F2');
    assert.equal(await focused(tab), 'microphone');
  },

  async 'a picture is not touched when the others change'(open) {
    const tab = await open('call-4');
    await tab.waitForFunction(() => document.querySelectorAll('video[data-live]').length === 3);
    await tab.evaluate(() => {
      window.videos = [...document.querySelectorAll('video')];
      window.attached.length = 0;
    });
    await tab.evaluate(() => {
      const { people } = window.state();
      const more = { ...people[1], id: 'new', name: 'New', audioMid: '8', videoMid: '17' };
      window.change({ people: [...people, more] });
    });
    await shows(tab, 'video[data-source="17"]');
    await tab.evaluate(() => {
      const people = window.state().people.filter(({ id }) => id !== 'new');
      window.change({ people: people.map((one) => ({ ...one, microphone: !one.microphone })) });
      window.change({ connection: 'interrupted' });
      window.change({ connection: 'connected', name: 'Other' });
    });
    const kept = await tab.evaluate(() =>
      window.videos.every((video) => video.isConnected && !video.paused),
    );
    assert.ok(kept);
    assert.deepEqual(await tab.evaluate(() => window.attached), ['17']);
  },

  async 'a picture follows its slot, and ends with it'(open) {
    const tab = await open('call-2');
    await shows(tab, 'video[data-source="11"]');
    await tab.evaluate(() => {
      window.change({ people: window.state().people.map((one) => ({ ...one, videoMid: '15' })) });
    });
    await shows(tab, 'video[data-source="15"]');
    assert.equal(await tab.locator('video[data-source="11"]').count(), 0);
    await tab.evaluate(() => {
      window.change({ people: window.state().people.map((one) => ({ ...one, camera: false })) });
    });
    await tab.locator('video').first().waitFor({ state: 'detached' });
  },

  async 'the ring is around who speaks, and only there'(open) {
    const tab = await open('call-4');
    await shows(tab, '[data-person="p1"][data-speaking]');
    await shows(tab, '[data-self="true"][data-speaking]');
    assert.equal(await tab.locator('[data-speaking]').count(), 2);
    await tab.evaluate(() => {
      window.change({
        people: window.state().people.map((one) => ({ ...one, microphone: false })),
      });
    });
    await tab.waitForFunction(() => document.querySelector('[data-speaking]') === null);
  },

  async 'a screen reader hears comings, goings, switches and the line'(open) {
    const tab = await open('call-3');
    const log = '[data-announcer]';
    const heard = async (change, words) => {
      await tab.evaluate(change);
      await tab.locator(log, { hasText: words }).waitFor({ timeout: 2000, state: 'attached' });
    };
    await heard(() => {
      const { people } = window.state();
      window.change({ people: [...people, { ...people[1], id: 'x', name: 'Kofi' }] });
    }, 'Kofi');
    await tab.keyboard.press('m');
    await heard(() => undefined, 'Microphone off.');
    await heard(() => window.change({ connection: 'reconnecting' }), 'Reconnecting.');
    await heard(() => window.change({ connection: 'connected' }), 'Connected again.');
    assert.equal(await tab.locator(log).getAttribute('aria-live'), 'polite');
  },

  async 'a new screen is read from its heading, and the title of the page follows'(open) {
    const tab = await open('call-3');
    assert.equal(await tab.title(), 'Meeting – In Camera');
    await tab.evaluate(() => window.change({ screen: 'left' }));
    await tab.waitForFunction(() => document.activeElement.localName === 'h1');
    assert.equal(await text(tab, 'h1'), 'You left the meeting');
    assert.equal(await tab.title(), 'You left the meeting – In Camera');
  },

  async 'a link is called copied when it is'(open) {
    const tab = await open('new-ready');
    const shown = await tab.locator('[data-link]').innerText();
    assert.match(shown, /^https:\/\/\S+#0\.\S{22}$/u);
    await tab.evaluate(() => window.change({ notices: [] }));
    await tab.click('[data-control="copy-link"]');
    assert.deepEqual(await types(tab), ['copy-link']);
    await tab.locator('[data-control="copy-link"]', { hasText: 'Copied' }).waitFor();
  },

  async 'notices can be dismissed, and muted speech ended'(open) {
    const tab = await open('call-notices-2');
    await tab.locator('.toast-close').first().click();
    assert.deepEqual(await sent(tab), [{ type: 'dismiss', notice: 0 }]);
    await tab.evaluate(() =>
      window.change({ notices: [{ id: 5, notice: { kind: 'muted-speech' } }] }),
    );
    await tab.locator('.toast-action').click();
    assert.deepEqual(await sent(tab), [
      { type: 'toggle', source: 'microphone' },
      { type: 'dismiss', notice: 5 },
    ]);
  },

  async 'a blocked microphone is explained before it is asked for again'(open) {
    const tab = await open('call-no-devices');
    await tab.keyboard.press('m');
    await shows(tab, 'dialog [data-problem="microphone-blocked"]');
    assert.deepEqual(await types(tab), []);
    await tab.locator('dialog [data-problem="microphone-blocked"] button').click();
    assert.deepEqual(await sent(tab), [{ type: 'retry-device', source: 'microphone' }]);
  },

  async 'German comes when it is chosen, and stays'(open) {
    const tab = await open('home');
    assert.equal(tab.asked.filter((address) => /\/de-/u.test(address)).length, 0);
    await tab.locator('select').selectOption('de');
    await tab.waitForFunction(() => document.documentElement.lang === 'de');
    assert.equal(tab.asked.filter((address) => /\/de-/u.test(address)).length, 1);
    assert.match(await text(tab, '[data-control="make-meeting"]'), /Besprechung/u);
    await tab.reload();
    await tab.waitForFunction(() => document.documentElement.lang === 'de');
  },

  async 'a German browser is answered in German at once'(open) {
    const tab = await open('left', { locale: 'de-AT' });
    assert.equal(await tab.evaluate(() => document.documentElement.lang), 'de');
    assert.match(await text(tab, 'h1'), /verlassen/u);
  },
};

async function openScene(scene, options = {}) {
  const context = await gallery.browser.newContext({ locale: 'en-GB', ...options });
  const tab = await context.newPage();
  tab.asked = [];
  tab.on('request', (request) => tab.asked.push(request.url()));
  tab.complaints = complaints(tab);
  await tab.goto(`${gallery.address}?scene=${scene}`);
  await tab.locator('h1').waitFor({ state: 'attached' });
  return tab;
}

let failed = 0;
try {
  for (const [name, check] of Object.entries(CHECKS)) {
    const tabs = [];
    const open = async (...wanted) => {
      tabs.push(await openScene(...wanted));
      return tabs.at(-1);
    };
    try {
      await check(open);
      for (const tab of tabs) {
        assert.deepEqual(tab.complaints, [], 'the browser complained');
        const elsewhere = tab.asked.filter(
          (address) => !gallery.address.startsWith(new URL(address).origin),
        );
        assert.deepEqual(elsewhere, [], 'another host was asked');
      }
      process.stdout.write(`ok   ${name}\n`);
    } catch (error) {
      failed++;
      process.stdout.write(`FAIL ${name}\n${String(error.message ?? error)}\n`);
    }
    for (const tab of tabs) await tab.context().close();
  }
} finally {
  await gallery.close();
}
process.exit(failed === 0 ? 0 : 1);
