// A meeting and its people, for one test: they are all stopped at its end, and none of them may have met a
// fault, or an alarm that the test did not ask for.

import assert from 'node:assert/strict';
import { makeMeeting, ScriptedClient } from './scripted_client.mjs';

export class Stage {
  #clients = [];

  constructor(server, options = {}) {
    this.server = server;
    /** of makeMeeting; and `through`: another server in the middle */
    this.options = options;
  }

  async open(options = {}) {
    this.place = await makeMeeting(this.server, { ...this.options, ...options });
    return this;
  }

  /** Somebody with the link. */
  async client(name, options = {}, place = this.place) {
    const client = new ScriptedClient(place, name, { server: this.options.through, ...options });
    this.#clients.push(client);
    return client.start();
  }

  async host(name, options = {}) {
    const client = await this.client(name, { host: this.place.host, ...options });
    await client.until(({ phase }) => phase === 'in');
    return client;
  }

  /** Knocks, and is let in by somebody who may. */
  async admitted(by, name, options = {}, place = this.place) {
    const client = await this.client(name, options, place);
    await by.until(() => by.knockerOf(name));
    by.act({ type: 'admit', knocks: [by.knockerOf(name).knock] });
    await client.until(({ phase }) => phase === 'in');
    await this.together();
    return client;
  }

  async reload(client, options = {}) {
    const again = await client.reload(options);
    this.#clients.push(again);
    return again;
  }

  get inside() {
    return this.#clients.filter(({ phase }) => phase === 'in');
  }

  /** Everybody who is in agrees, and knows everybody. */
  async together() {
    const [first] = this.inside;
    await first.until(() => {
      const { inside } = this;
      const views = new Set(inside.map(({ view }) => `${view.epoch} ${view.code} ${view.people.length}`));
      return views.size === 1 && inside.every(({ names }) => !names.includes(''));
    }, { what: 'everybody to agree' });
  }

  stop() {
    for (const client of this.#clients) client.stop();
  }

  async close({ alarms = [] } = {}) {
    this.stop();
    for (const { name, faults, view } of this.#clients) {
      assert.deepEqual(faults, [], `${name} met a fault`);
      if (view.alarm) assert.ok(alarms.includes(view.alarm), `${name} shows ${view.alarm}`);
    }
  }
}

/** A test on a stage of its own. */
export const on = (server, options, play) => async () => {
  const stage = await new Stage(server(), options).open();
  try {
    await play(stage);
  } finally {
    const { alarms } = options;
    await stage.close({ alarms });
  }
};
