// What people do with the door, in real browsers through the real server: waiting, letting in, sending
// away, removing, locking, new links, coming back, handing over. Nobody who waits has any media.

import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';

import { Participant } from './lib/browser.mjs';
import { allSeeAndHear, seesAll } from './lib/expect.mjs';
import { actOn, answer, closeDialog, codeOf, inLobby, makeMeeting, openPanel, says } from './lib/meeting.mjs';
import { patience } from './lib/patience.mjs';
import { PEOPLE } from './lib/people.mjs';
import { Server } from './lib/server.mjs';

const BINARY = process.env.TEST_BINARY ?? 'build/release/incamera';
const IS_STRICT = process.env.TEST_TIMES !== 'loose';
// Four browsers take both cores of a small machine: a limit stands for what a person notices, times three.
const WITHIN = (ms) => ms * (IS_STRICT ? 3 : 8);

let server;
let open = [];
const figures = {};
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

const person = async (i, kind = 'chromium', options = {}) => {
  const p = await Participant.open(PEOPLE[i], kind, options);
  open.push(p);
  return p;
};

/** A host in a meeting with a lobby. */
async function hosted() {
  const host = await person(0);
  const { link, hostLink } = await makeMeeting(host, server.url, 'lobby');
  await host.join(link);
  return { host, link, hostLink };
}

async function knock(p, link) {
  await p.prepare(link);
  await p.click('join');
}

async function letIn(host, p, link) {
  await knock(p, link);
  await answer(host, p.person.name);
  await p.connected();
}

const tiles = (p, count, ms = 10000) => p.until(`${count} tiles`, (n) => document.querySelectorAll('.tile[data-person]').length === n, patience(ms), count);
/** Media packets of all connections that the page ever made. */
const packets = (p) => p.evaluate(async () => {
  let sum = 0;
  for (const connection of globalThis.__probe.connections)
    for (const report of (await connection.getStats()).values()) sum += (report.packetsSent ?? 0) + (report.packetsReceived ?? 0);
  return sum;
});

before(async () => {
  server = await new Server({ binary: BINARY, port: 8095, mediaPort: 10200 }).start();
});

afterEach(async () => {
  await Promise.all(open.map((p) => p.close().catch(() => {})));
  open = [];
});

after(async () => {
  const status = await server?.stop();
  server?.forget();
  console.log(`figures ${JSON.stringify(figures)}`);
  assert.equal(status, 0, server?.log.slice(-3000));
});

test('waiting, a note, no packet; let in: both see each other, and the same code', async () => {
  const { host, link } = await hosted();
  const guest = await person(1);
  await knock(guest, link);
  await inLobby(guest);
  await says(guest, /host has been told/);
  await guest.page.fill('input[name="note"]', 'From the north site');
  await guest.page.press('input[name="note"]', 'Enter');
  await openPanel(host, 'people');
  await says(host, /From the north site/);
  await says(host, /Guest: a name of their own choice · new here/);
  await sleep(1500);
  assert.equal(await packets(guest), 0, 'packets of somebody who waits');
  assert.ok(await guest.evaluate(() => document.querySelector('.preview video')?.videoWidth > 0), 'the own picture stays');
  const start = Date.now();
  await answer(host, 'East');
  await guest.connected();
  figures.admitToConnectedMs = Date.now() - start;
  await allSeeAndHear([host, guest], patience(5000));
  assert.equal(await codeOf(host), await codeOf(guest));
});

test('the code is green only once it was compared, and not any more when somebody comes', async () => {
  const { host, link } = await hosted();
  await letIn(host, await person(1), link);
  await host.click('protection');
  await host.click('code-matches');
  await host.until('green', () => document.querySelector('[data-shield="compared"]') !== null, 3000);
  await closeDialog(host);
  const before = await codeOf(host);
  await letIn(host, await person(2), link);
  await host.until('not green any more', () => document.querySelector('[data-shield="compared"]') === null, patience(3000));
  assert.notEqual(await codeOf(host), before);
});

test('the shield says where the machine is not, by the time of its answers', async () => {
  const host = await person(0, 'chromium', { context: { timezoneId: 'Europe/Berlin' } });
  const { link } = await makeMeeting(host, server.url, 'lobby');
  await host.join(link);
  await host.click('protection');
  await host.until('measured', () => document.querySelector('details[data-distance="excluded"]') !== null, 30000);
  const [bound, countries] = await host.evaluate(() => [
    Number(/at most ([\d,]+) km/.exec(document.querySelector('.distance').innerText)[1].replace(',', '')),
    document.querySelector('details[data-distance="excluded"] p').textContent,
  ]);
  assert.ok(bound >= 150 && bound < 10_000, `${bound} km`); // a grain of the clock, and a busy machine
  for (const far of ['Australia', 'New Zealand', 'Samoa']) assert.match(countries, new RegExp(far));
  for (const near of ['Germany', 'Poland', 'Denmark']) assert.doesNotMatch(countries, new RegExp(near));
});

const allowed = (p, within, countries) => p.until(`${countries} in ${within}`, (w, c) => document.querySelector(`${w} [data-allowed="${c}"]`) !== null, patience(10000), within, countries);

test('who makes a meeting chooses where it may run; who is about to join, who knocks and who is in are shown it', async () => {
  const nordic = 'AX DE DK FI FO GL IS NO SE'; // and the country of the server
  const host = await person(0);
  await host.page.goto(`${server.url}/new`);
  await allowed(host, '.page-new', 'DE');
  await host.click('change-countries');
  await host.click('group-nordic');
  await allowed(host, '.page-new', nordic);
  await host.page.focus('[data-control="search-countries"]');
  await host.page.keyboard.type('germany');
  await host.page.keyboard.press('Enter');
  await says(host, /no node in the allowed region.*Germany/);
  assert.equal(await host.evaluate(() => document.querySelector('[data-control="make-meeting"]').disabled), true);
  await host.page.keyboard.press('Enter');
  await host.click('make-meeting');
  await host.page.waitForSelector('[data-control="open-meeting"]');
  await allowed(host, '.page-new', nordic);
  await host.click('open-meeting');
  await host.page.waitForSelector('[data-control="use-devices"]');
  const link = await host.evaluate(() => location.href);
  await host.join(link);
  const guest = await person(1);
  await guest.prepare(link);
  await allowed(guest, '.page-pre-join', nordic);
  await guest.click('join');
  await inLobby(guest);
  await allowed(guest, '.page-lobby', nordic);
  await answer(host, 'East');
  await guest.connected();
  await guest.click('protection');
  await allowed(guest, 'dialog', nordic);
});

test('any country must be chosen, is written out, and is red', async () => {
  const host = await person(0);
  await makeMeeting(host, server.url, 'open', async () => {
    await host.click('change-countries');
    await host.click('any-country');
    await says(host, /Any country: all 249/);
  });
  await host.click('use-devices');
  await host.typeName();
  await host.click('join');
  await host.connected();
  await host.click('protection');
  await allowed(host, 'dialog', 'any');
  const [any, plain] = await host.evaluate(() => [document.querySelector('dialog .allowed-any'), document.querySelector('dialog .lead')].map((e) => getComputedStyle(e).color));
  assert.notEqual(any, plain);
});

test('sent away: its own words, no packet', async () => {
  const { host, link } = await hosted();
  const guest = await person(1);
  await knock(guest, link);
  await answer(host, 'East', 'decline');
  await says(guest, /not let in/);
  assert.equal(await packets(guest), 0);
  await tiles(host, 1);
});

test('early arrivals wait for the host, who finds them at the door and lets all in', async () => {
  const host = await person(0);
  const { link } = await makeMeeting(host, server.url, 'lobby');
  const guests = [await person(1), await person(2)];
  for (const p of guests) await knock(p, link);
  for (const p of guests) await says(p, /Nobody who can let you in is here yet/);
  await host.join(link);
  await openPanel(host, 'people');
  await host.until('two at the door', () => document.querySelectorAll('.caller').length === 2, patience(5000));
  await host.click('admit-all');
  await Promise.all(guests.map((p) => p.connected()));
  await allSeeAndHear([host, ...guests], patience(8000));
});

test('removed: the picture stops for all, the words are plain; a ban holds at the door', async () => {
  const { host, link } = await hosted();
  const [stays, goes] = [await person(1), await person(2)];
  for (const p of [stays, goes]) await letIn(host, p, link);
  await allSeeAndHear([host, stays, goes], patience(8000));
  const start = Date.now();
  await actOn(host, 'South', 'remove', 'ban-now');
  await says(goes, /You were removed/);
  figures.removedMs = Date.now() - start;
  for (const p of [host, stays]) await tiles(p, 2, 4000);
  await says(stays, /South.* was removed by/);
  await allSeeAndHear([host, stays], patience(5000));
  await goes.click('again');
  await says(goes, /not let in/, patience(10000)); // without anybody being asked
  await tiles(host, 2);
});

test('locked: nobody comes in until it is opened', async () => {
  const { host, link } = await hosted();
  await openPanel(host, 'people');
  await host.click('safety');
  await host.click('lock');
  await host.until('locked', () => document.querySelector('.locked') !== null, patience(5000));
  await closeDialog(host);
  const guest = await person(1);
  await knock(guest, link);
  await inLobby(guest);
  await answer(host, 'East');
  await sleep(2000);
  await inLobby(guest, 100);
  await host.click('safety');
  await host.click('lock');
  await host.until('open', () => document.querySelector('.locked') === null, patience(5000));
  await closeDialog(host);
  await host.until('let in, or asked again', () => {
    document.querySelector('.caller [data-control="admit"]')?.click();
    return document.querySelectorAll('.tile[data-person]').length === 2;
  }, patience(10000));
  await guest.connected();
});

test('a new link: it works, the old one does not, and who is inside stays', async () => {
  const { host, link } = await hosted();
  const inside = await person(1);
  await letIn(host, inside, link);
  await openPanel(host, 'people');
  await host.click('safety');
  await host.click('new-link');
  await host.page.waitForSelector('dialog [data-link]');
  const next = await host.evaluate(() => document.querySelector('dialog [data-link]').textContent);
  await closeDialog(host);
  assert.notEqual(next, link);
  await inside.until('the new link in the address', (l) => location.href === l, patience(5000), next);
  const late = await person(2);
  await knock(late, link);
  await says(late, /This link has been replaced/, patience(10000));
  await letIn(host, late, next);
  await allSeeAndHear([host, inside, late], patience(8000));
});

test('chat, hands, reactions and names reach the others, and not the server', async () => {
  const { host, link } = await hosted();
  const guest = await person(1);
  await letIn(host, guest, link);
  await openPanel(guest, 'chat');
  await guest.page.fill('.chat-field textarea', 'canary <b>words</b>');
  await guest.page.press('.chat-field textarea', 'Enter');
  await says(guest, /canary <b>words<\/b>/);
  await host.until('an unread message', () => document.querySelector('[data-control="chat"] .bar-count') !== null, patience(5000));
  await openPanel(host, 'chat');
  await says(host, /canary <b>words<\/b>/);
  assert.equal(await host.evaluate(() => document.querySelector('.chat-text b')), null);
  await guest.click('react');
  await guest.click('hand');
  await host.until('the hand', () => document.querySelector('.tile-hand') !== null, patience(5000));
  await guest.click('react');
  await guest.evaluate(() => document.querySelector('[data-reaction]').click());
  await host.until('the reaction', () => document.querySelector('.tile-reaction') !== null, patience(5000));
  await guest.click('more');
  await guest.page.fill('dialog form input', 'Easterly');
  await guest.page.press('dialog form input', 'Enter');
  await host.until('the new name', () => [...document.querySelectorAll('.tile-label')].some((t) => t.textContent.includes('Easterly')), patience(5000));
  assert.ok(!server.log.includes('canary') && !server.log.includes('Easterly'));
});

test('loaded again: back past the lobby and the lock, nobody asked', async () => {
  const { host, link } = await hosted();
  const guest = await person(1);
  await letIn(host, guest, link);
  await openPanel(host, 'people');
  await host.click('safety');
  await host.click('lock');
  await host.until('locked', () => document.querySelector('.locked') !== null, patience(5000));
  await closeDialog(host);
  await guest.page.reload();
  await guest.click('use-devices');
  await guest.until('the devices are there', () => document.querySelector('[data-control="camera"][data-state="on"]') !== null);
  const start = Date.now();
  await guest.click('join');
  await guest.connected();
  await seesAll(guest, [host], patience(5000));
  figures.reloadToPictureMs = Date.now() - start;
  await tiles(host, 2);
  await allSeeAndHear([host, guest], patience(5000));
  assert.ok(figures.reloadToPictureMs < WITHIN(2000), `${figures.reloadToPictureMs} ms`);
});

test('the sole host loads the page again: a new group, everybody knocks again', async () => {
  const { host } = await hosted();
  await host.page.reload();
  await host.click('use-devices');
  await host.until('the devices are there', () => document.querySelector('[data-control="camera"][data-state="on"]') !== null);
  const start = Date.now();
  await host.click('join');
  await host.connected(patience(15000));
  figures.soleHostReloadMs = Date.now() - start;
  assert.ok(figures.soleHostReloadMs < WITHIN(2000), `${figures.soleHostReloadMs} ms`);
});

test('the host goes; a co-host lets the next one in; the host comes back by the host link elsewhere', async () => {
  const { host, link, hostLink } = await hosted();
  const second = await person(1);
  await letIn(host, second, link);
  await actOn(host, 'East', 'make-cohost');
  await second.until('host', () => [...document.querySelectorAll('.panel-item')].length > 0 || (document.querySelector('[data-control="people"]').click(), false), 5000);
  await second.until('the rights of a host', () => document.querySelector('[data-control="safety"]') !== null, patience(5000));
  await host.click('leave');
  await tiles(second, 1);
  const third = await person(2);
  await knock(third, link);
  await answer(second, 'South');
  await third.connected();
  await allSeeAndHear([second, third], patience(8000));
  const other = await person(3);
  await other.prepare(hostLink);
  assert.equal(await other.evaluate(() => location.href), link, 'the host key is out of the address');
  await other.click('join');
  await other.connected();
  await openPanel(other, 'people');
  await other.until('a host', () => document.querySelector('[data-control="safety"]') !== null, patience(5000));
  await allSeeAndHear([second, third, other], patience(8000));
});

test('Chromium and Firefox through one door', async () => {
  const { host, link } = await hosted();
  const guest = await person(1, 'firefox');
  await letIn(host, guest, link);
  await allSeeAndHear([host, guest], patience(8000));
});
