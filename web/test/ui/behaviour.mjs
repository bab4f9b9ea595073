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
    await tab.keyboard.type('mvchp? ');
    assert.equal(await tab.locator('input[name="name"]').inputValue(), 'mvchp? ');
    const events = await sent(tab);
    assert.ok(events.every(({ type }) => type === 'set-name'));
    assert.equal(events.at(-1).name, 'mvchp? ');
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
    for (let turn = 0; turn < 7; turn++) {
      order.push(await focused(tab));
      if (turn < 6) await tab.keyboard.press('Tab');
    }
    const bar = ['microphone', 'camera', 'react', 'chat', 'people', 'more', 'leave'];
    assert.deepEqual(order, bar);
    await tab.keyboard.press('Enter');
    assert.deepEqual(await types(tab), ['leave']);
  },

  async 'a meeting is made after a choice, by keyboard alone'(open) {
    const tab = await open('new-choose');
    await tab.locator('input[name="lobby"]:checked').focus();
    await tab.keyboard.press('ArrowRight');
    await tab.keyboard.press('Enter');
    assert.deepEqual(await sent(tab), [{ type: 'make-meeting', lobby: 'open', countries: ['DE'] }]);
  },

  async 'no meeting is made before the server has said where it stands'(open) {
    const tab = await open('new-asking');
    assert.equal(await tab.locator('[data-control="make-meeting"]').isDisabled(), true);
    await tab.locator('input[name="lobby"]:checked').focus();
    await tab.keyboard.press('Enter');
    assert.deepEqual(await sent(tab), []);
  },

  async 'countries are found by a word and chosen, by keyboard alone'(open) {
    const tab = await open('new-choose');
    await tab.locator('[data-control="change-countries"]').focus();
    await tab.keyboard.press('Enter');
    const field = tab.locator('[data-control="search-countries"]');
    await field.focus();
    await tab.keyboard.type('fra');
    const active = () => field.getAttribute('aria-activedescendant');
    assert.match((await active()) ?? '', /-FR$/u);
    await tab.keyboard.press('Enter');
    await tab.keyboard.press('Escape');
    assert.equal(await field.inputValue(), '');
    assert.equal(await tab.locator('[role="option"]').count(), 249);
    await tab.keyboard.press('ArrowUp'); // from the first one to the last one
    assert.match((await active()) ?? '', /-ZW$/u);
    assert.deepEqual(await sent(tab), []);
    assert.match(await text(tab, '.where-now'), /2 countries are allowed: France and Germany/u);
    await tab.click('[data-control="make-meeting"]');
    assert.deepEqual(await sent(tab), [
      { type: 'make-meeting', lobby: 'lobby', countries: ['DE', 'FR'] },
    ]);
  },

  async 'a group is its countries; without a node of the operator there is no meeting'(open) {
    const tab = await open('new-choose');
    const made = tab.locator('[data-control="make-meeting"]');
    await tab.click('[data-control="change-countries"]');
    await tab.click('[data-control="group-nordic"]');
    assert.match(await text(tab, '.where-now'), /9 countries are allowed: .*Norway/u);
    await tab.locator('[data-country="DE"]').click();
    await shows(tab, '[data-where="none"]');
    assert.match(await text(tab, '[data-where="none"]'), /no node in the allowed region/u);
    assert.equal(await made.isDisabled(), true);
    await tab.click('[data-control="any-country"]');
    await shows(tab, '.allowed-any');
    assert.equal(await made.isDisabled(), false);
    await tab.click('[data-control="only-home"]');
    assert.equal(await tab.locator('.allowed-any').count(), 0);
    assert.equal(await tab.locator('fieldset[data-countries="DE"]').count(), 1);
  },

  async 'whoever is refused by the papers begins again, and is told why'(open) {
    const tab = await open('new-refused');
    assert.match(await text(tab, '.message'), /did not show who it is/u);
    assert.match(await text(tab, '.message-code'), /certificate of the machine, missing/u);
    await tab.locator('.message .button-primary').click();
    assert.deepEqual(await types(tab), ['choose-meeting']);
  },

  async 'the host link is folded away, and copied apart'(open) {
    const tab = await open('new-ready');
    const host = tab.locator('[data-host-link] [data-link]');
    assert.equal(await host.isVisible(), false);
    await tab.locator('[data-host-link] summary').click();
    assert.match(await host.innerText(), /\.\S{43}$/u);
    await tab.click('[data-control="copy-host-link"]');
    assert.deepEqual(await types(tab), ['copy-host-link']);
    await tab.locator('[data-control="copy-host-link"]', { hasText: 'Copied' }).waitFor();
    assert.equal(await tab.locator('[data-control="copy-link"]', { hasText: 'Copied' }).count(), 0);
  },

  async 'the lobby: a note to the host, and out again'(open) {
    const tab = await open('lobby');
    await shows(tab, '.preview video');
    await tab.locator('input[name="note"]').focus();
    await tab.keyboard.type('It is me');
    await tab.keyboard.press('Enter');
    assert.deepEqual(await sent(tab), [{ type: 'note', text: 'It is me' }]);
    await tab.click('[data-control="leave"]');
    assert.deepEqual(await types(tab), ['leave']);
    assert.match(await text(tab, '.elapsed'), /1:3\d|1:4\d/u);
  },

  async 'who knocks is let in from the stage'(open) {
    const tab = await open('call-knock');
    await shows(tab, '[data-banner="knock"]');
    assert.match(await text(tab, '[data-banner="knock"]'), /Ana Lima/u);
    await tab.click('[data-control="banner-admit"]');
    assert.deepEqual(await sent(tab), [{ type: 'admit', knocks: ['k1'] }]);
    await tab.click('[data-control="banner-show"]');
    await shows(tab, '.callers');
    assert.equal(await tab.locator('[data-banner="knock"]').count(), 0);
  },

  async 'the queue is answered with A and D, in the panel only'(open) {
    const tab = await open('call-queue');
    await tab.keyboard.press('a');
    assert.deepEqual(await types(tab), []);
    await tab.keyboard.press('p');
    await shows(tab, '.callers');
    await tab.keyboard.press('a');
    await tab.keyboard.press('D');
    assert.deepEqual(await sent(tab), [
      { type: 'admit', knocks: ['k1'] },
      { type: 'decline', knock: 'k1' },
    ]);
    await tab.click('[data-control="admit-all"]');
    assert.deepEqual(await sent(tab), [{ type: 'admit', knocks: ['k1', 'k2'] }]);
    // An old link and a ban can only be declined.
    assert.equal(await tab.locator('[data-knock="k3"] [data-control="admit"]').count(), 0);
    assert.equal(await tab.locator('[data-knock="k4"] [data-control="admit"]').count(), 0);
    await tab.locator('[data-knock="k4"] [data-control="decline"]').click();
    assert.deepEqual(await sent(tab), [{ type: 'decline', knock: 'k4' }]);
  },

  async 'who is no host sees no queue and no acts'(open) {
    const tab = await open('call-guest');
    await tab.keyboard.press('p');
    await shows(tab, '.panel');
    assert.equal(await tab.locator('[data-control="person-more"]').count(), 0);
    assert.equal(await tab.locator('[data-control="safety"]').count(), 0);
  },

  async 'removing asks first, and a ban is a second word'(open) {
    const tab = await open('call-3');
    await tab.keyboard.press('p');
    await tab.locator('[data-control="person-more"]').first().click();
    await tab.click('[data-control="remove"]');
    await shows(tab, 'dialog[open]');
    assert.deepEqual(await types(tab), []);
    await tab.click('[data-control="ban-now"]');
    assert.deepEqual(await sent(tab), [{ type: 'remove', leaf: 1, ban: true }]);
    await tab.locator('dialog').waitFor({ state: 'detached' });
    await tab.click('[data-control="make-cohost"]');
    assert.deepEqual(await sent(tab), [{ type: 'make-cohost', leaf: 1 }]);
  },

  async 'the meeting is locked, and gets a new link'(open) {
    const tab = await open('call-3');
    await tab.keyboard.press('p');
    await tab.click('[data-control="safety"]');
    await tab.click('[data-control="lock"]');
    await tab.click('[data-control="new-link"]');
    assert.deepEqual(await sent(tab), [{ type: 'lock', on: true }, { type: 'new-link' }]);
    await tab.evaluate(() => {
      window.change({ group: { ...window.state().group, hasNewLink: true, isLocked: true } });
    });
    await shows(tab, 'dialog [data-link]');
    await tab.keyboard.press('Escape');
    await shows(tab, '.locked');
  },

  async 'the code is green only after it was compared'(open) {
    const tab = await open('call-3');
    const shield = tab.locator('[data-control="protection"]');
    assert.equal(await shield.getAttribute('data-shield'), 'on');
    await shield.click();
    assert.equal((await text(tab, '[data-code="digits"]')).replace(/\s/gu, '').length, 30);
    await tab.locator('.code-kind', { hasText: 'pictures' }).click();
    assert.equal(await tab.locator('[data-code="emoji"] li').count(), 12);
    await tab.click('[data-control="code-matches"]');
    assert.deepEqual(await types(tab), ['code-matches']);
    await shows(tab, '.code-compared');
    assert.equal(await shield.getAttribute('data-shield'), 'compared');
    await tab.evaluate(() => {
      const { group } = window.state();
      window.change({ group: { ...group, epoch: 8, isCodeCompared: false } });
    });
    await tab.locator('.code-compared').waitFor({ state: 'detached' });
    assert.equal(await shield.getAttribute('data-shield'), 'on');
  },

  async 'an alarm is red, is read at once, and is never a bad connection'(open) {
    const tab = await open('call-alarm-fork');
    const alarm = tab.locator('[data-banner="alarm"]');
    assert.equal(await alarm.getAttribute('role'), 'alert');
    await tab.evaluate(() => window.change({ connection: 'reconnecting' }));
    assert.equal(await tab.locator('[data-banner="reconnecting"]').count(), 0);
    assert.doesNotMatch(await text(tab, '.call'), /Reconnecting/u);
    assert.equal(await tab.locator('[data-shield="alarm"]').count(), 1);
  },

  async 'a person who cannot be decrypted has no picture'(open) {
    const tab = await open('call-signs');
    await shows(tab, '[data-undecodable]');
    assert.equal(await tab.locator('[data-bad] video').count(), 0);
    assert.ok((await tab.locator('.tile video').count()) > 0);
  },

  async 'a guest never looks like a verified person'(open) {
    const tab = await open('call-4');
    const of = (kind) => tab.locator(`.tile [data-standing="${kind}"]`);
    assert.equal(await of('guest').count(), 2);
    assert.equal(await of('verified').count(), 1);
  },

  async 'the chat: words stay words, Enter sends, reading is told'(open) {
    const tab = await open('call-chat');
    assert.match(await text(tab, '[data-control="chat"]'), /2/u);
    await tab.keyboard.press('c');
    await shows(tab, '.panel-chat');
    assert.equal(await focused(tab), 'textarea');
    await tab.waitForFunction(() => window.state().unread === 0);
    assert.equal(await tab.locator('.chat-text b').count(), 0);
    assert.equal(await tab.locator('.chat-text a').count(), 0);
    await tab.keyboard.type('mute me');
    await tab.keyboard.press('Enter');
    const events = await sent(tab);
    assert.deepEqual(events, [
      { type: 'chat-open', isOpen: true },
      { type: 'chat', text: 'mute me' },
    ]);
    assert.equal(await tab.locator('textarea').inputValue(), '');
    await tab.keyboard.press('Escape');
    await tab.locator('.panel').waitFor({ state: 'detached' });
    assert.equal(await focused(tab), 'chat');
    assert.deepEqual(await sent(tab), [{ type: 'chat-open', isOpen: false }]);
  },

  async 'hand and reactions, by key and by mouse'(open) {
    const tab = await open('call-3');
    await tab.keyboard.press('h');
    assert.deepEqual(await sent(tab), [{ type: 'hand', up: true }]);
    await tab.click('[data-control="react"]');
    assert.equal(await focused(tab), 'hand');
    await tab.keyboard.press('Tab');
    await tab.keyboard.press('Enter');
    assert.deepEqual(await sent(tab), [{ type: 'reaction', emoji: '👍' }]);
    await tab.locator('.react-bar').waitFor({ state: 'detached' });
    assert.equal(await focused(tab), 'react');
  },

  async 'another name is said once it differs'(open) {
    const tab = await open('call-3');
    await tab.click('[data-control="more"]');
    const field = tab.locator('dialog form input');
    await field.fill('Lena H.');
    await tab.keyboard.press('Enter');
    assert.deepEqual(await sent(tab), [{ type: 'rename', name: 'Lena H.' }]);
  },

  async 'signing in is offered where there are issuers'(open) {
    const tab = await open('pre-join-sign-in');
    await tab.locator('[data-control="sign-in"]').first().click();
    assert.deepEqual(await sent(tab), [{ type: 'sign-in', issuer: 'https://id.example.org' }]);
    const plain = await open('pre-join');
    assert.equal(await plain.locator('[data-control="sign-in"]').count(), 0);
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
    const shown = await tab.locator('.ready-link [data-link]').innerText();
    assert.match(shown, /^https:\/\/\S+#1\.\S{22}\.\S{22}$/u);
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
