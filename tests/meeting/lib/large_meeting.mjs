// A meeting that fills: a scripted host, and people with ID tokens whom it admits with one act, many at a time.

import { makeMeeting, modules, ScriptedClient } from './scripted_client.mjs';

const { IssuerKeys, verifyIdToken } = modules;
const MS = 600_000;
const bytesOf = (text) => Math.floor((text.length * 3) / 4);
const keys = new IssuerKeys(Date.now);

export async function verifyToken({ token, leafKey, policy: { issuers }, isKnocking }) {
  const asked = { token, leafKey, issuers, now: Date.now(), isKnocking };
  const verdict = await verifyIdToken(asked, keys.of);
  if (verdict.kind === 'verified') return { issuer: verdict.issuer, name: verdict.name };
  if (verdict.reason === 'no-keys') throw new Error('the issuer cannot be asked');
  return null;
}

export class LargeMeeting {
  /** who is in, the host counted */
  members = 1;
  #people = 0;

  constructor({ server, signer, crowds }) {
    Object.assign(this, { server, signer, crowds });
  }

  async begin() {
    const place = await makeMeeting(this.server, { issuers: [this.signer.issuer] });
    const signed = await this.signer.signIn('Host');
    const options = { host: place.host, signed, verifyToken, hasSeat: false, isBrief: true };
    this.host = await new ScriptedClient(place, 'Host', options).start();
    await this.host.until(({ phase }) => phase === 'in');
    /** for everybody else */
    this.place = { ...place, host: null, server: { url: this.server.url } };
    return this;
  }

  async someone() {
    const name = `Person ${++this.#people}`;
    return { name, signed: await this.signer.signIn(name) };
  }

  async people(count) {
    const people = [];
    while (people.length < count) people.push(await this.someone());
    return people;
  }

  /** Waits until the host has checked all who knock. */
  async areAtTheDoor(count, isReady = ({ standing }) => standing.kind === 'verified') {
    const holds = ({ knockers }) => knockers.filter(isReady).length === count;
    await this.host.until(holds, { ms: MS, what: `${count} at the door` });
  }

  /**
   * Admits all who are at the door, with one commit; until all of them, and all others, are in its epoch.
   * @param onCommit done when the host is, before the crowd is waited for
   */
  async admitAll(onCommit = async () => {}) {
    const { host, crowds } = this;
    const { epoch, knockers } = host.view;
    const at = performance.now();
    host.act({ type: 'admit', knocks: knockers.map(({ knock }) => knock) });
    await host.until((view) => view.epoch === epoch + 1, { ms: MS, what: 'one commit for all' });
    const admitMs = Math.round(performance.now() - at);
    this.members += knockers.length;
    await onCommit();
    await crowds.every('in', { epoch: epoch + 1 });
    const joinMs = Math.round(performance.now() - at);
    const { message, welcome } = this.#commit();
    return { members: this.members, admitMs, joinMs, commitBytes: bytesOf(message), welcomeBytes: bytesOf(welcome) };
  }

  /** Until everybody who is left is in the next epoch. */
  async remove(name) {
    const { host, crowds } = this;
    const { epoch } = host.view;
    const at = performance.now();
    host.act({ type: 'remove', leaf: host.leafOf(name), ban: true });
    await host.until((view) => view.epoch === epoch + 1, { ms: MS });
    const removeMs = Math.round(performance.now() - at);
    this.members--;
    await crowds.every('out', { name });
    await crowds.every('in', { epoch: epoch + 1 });
    const removedForAllMs = Math.round(performance.now() - at);
    return { removeMs, removedForAllMs, removeBytes: bytesOf(this.#commit().message) };
  }

  #commit() {
    return this.host.said.findLast(({ type }) => type === 'commit');
  }
}
