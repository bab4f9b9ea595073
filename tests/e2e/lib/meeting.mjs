// Making a meeting, and what hosts and members do in it by the buttons of the page.

import { PATIENCE_MS } from './patience.mjs';

/** On /new; `mode` is 'open' (whoever has the link comes in) or 'lobby'; `choose` chooses where it may run.
 * Ends on the pre-join page. */
export async function makeMeeting(host, url, mode = 'open', choose = null) {
  await host.page.goto('about:blank');
  await host.page.goto(`${url}/new`);
  await host.page.waitForSelector('[data-control="make-meeting"]:not([disabled])');
  await choose?.();
  await host.evaluate((m) => document.querySelector(`input[name="lobby"][value="${m}"]`).click(), mode);
  await host.click('make-meeting');
  await host.page.waitForSelector('[data-control="open-meeting"]');
  const hostLink = await host.evaluate(() => document.querySelector('[data-host-link] [data-link]').textContent);
  await host.click('open-meeting');
  await host.page.waitForSelector('[data-control="use-devices"]');
  const link = await host.evaluate(() => location.href);
  return { link, hostLink };
}

export const inLobby = (p, ms = PATIENCE_MS) => p.until('in the lobby', () => document.querySelector('.page-lobby') !== null, ms);

export async function openPanel(p, which) {
  await p.evaluate((c) => {
    const button = document.querySelector(`[data-control="${c}"]`);
    if (button.getAttribute('aria-expanded') !== 'true') button.click();
  }, which);
}

/** Waits for somebody of that name at the door, and answers. */
export async function answer(host, name, control = 'admit', ms = PATIENCE_MS) {
  await openPanel(host, 'people');
  await host.until(`${name} at the door`, (n, c) => {
    const row = [...document.querySelectorAll('.caller')].find((each) => each.textContent.includes(n));
    const button = row?.querySelector(`[data-control="${c}"]`);
    button?.click();
    return button != null;
  }, ms, name, control);
}

/** Opens the acts of a person in the list, and presses one after the other. */
export async function actOn(host, name, ...controls) {
  await openPanel(host, 'people');
  await host.until(`the acts on ${name}`, (n) => {
    const row = [...document.querySelectorAll('.panel-item')].find((each) => each.textContent.includes(n));
    const more = row?.querySelector('[data-control="person-more"]');
    if (more?.getAttribute('aria-expanded') === 'false') more.click();
    return row?.querySelector('[data-control="remove"]') != null;
  }, 5000, name);
  await host.evaluate((n, c) => {
    const row = [...document.querySelectorAll('.panel-item')].find((each) => each.textContent.includes(n));
    row.querySelector(`[data-control="${c}"]`).click();
  }, name, controls[0]);
  for (const control of controls.slice(1)) await host.click(control);
}

/** The 30 digits that this person sees. */
export async function codeOf(p) {
  await p.click('protection');
  await p.page.waitForSelector('[data-code="digits"]');
  const code = await p.evaluate(() => document.querySelector('[data-code="digits"]').textContent.replace(/\D/g, ''));
  await closeDialog(p);
  return code;
}

/** Until the page knows of it, too: the browser closes a dialog first, and tells afterwards. */
export async function closeDialog(p) {
  await p.page.keyboard.press('Escape');
  await p.until('the dialog is closed', () => document.querySelector('dialog') === null);
}

export const says = (p, pattern, ms = PATIENCE_MS) => p.until(`the page says ${pattern}`, (source) => new RegExp(source, 'i').test(document.body.innerText), ms, pattern.source);
