// The processes in which a large meeting's clients run: crowds, each with half of the people, and clients that
// have one for themselves, so that what one client costs can be measured.

import { fork } from 'node:child_process';
import { constants, setPriority } from 'node:os';
import { fileURLToPath } from 'node:url';

export class Crowd {
  #waiting = new Map();
  #next = 1;

  /** @param isAlone one client, as a browser has it; else many, who leave most of the processor to others. */
  constructor({ isAlone = false } = {}) {
    this.process = fork(fileURLToPath(new URL('crowd.mjs', import.meta.url)), isAlone ? ['alone'] : [], {
      serialization: 'advanced',
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    if (!isAlone) setPriority(this.process.pid, constants.priority.PRIORITY_BELOW_NORMAL);
    this.ready = new Promise((resolve) => this.#waiting.set(0, { resolve }));
    this.process.on('message', ({ id, told, error }) => {
      const { resolve, reject } = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (error === undefined) resolve(told);
      else reject(new Error(error));
    });
  }

  ask(act, of = {}) {
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.process.send({ id, act, ...of });
    });
  }

  /** ms of the processor that this process has had */
  async cpuMs() {
    return Math.round((await this.ask('tell')).cpuS * 1000);
  }
}

export class Crowds {
  #crowds;
  #alone = [];

  constructor(count) {
    this.#crowds = Array.from({ length: count }, () => new Crowd());
  }

  get #all() {
    return [...this.#crowds, ...this.#alone];
  }

  async start() {
    await Promise.all(this.#all.map(({ ready }) => ready));
    return this;
  }

  /** They stand still, and leave all processors to whoever is measured. */
  pause() {
    for (const { process } of this.#all) process.kill('SIGSTOP');
  }

  resume() {
    for (const { process } of this.#all) process.kill('SIGCONT');
  }

  stop() {
    this.resume();
    for (const { process } of this.#all) process.kill();
  }

  /** A client in a process of its own. */
  async one() {
    const crowd = new Crowd({ isAlone: true });
    this.#alone.push(crowd);
    await crowd.ready;
    return crowd;
  }

  every(act, of) {
    return Promise.all(this.#all.map((each) => each.ask(act, of)));
  }

  /**
   * These people knock, each crowd with a part of them.
   * @param options isTrusting (they do not check the tokens of the others)
   */
  come(place, people, options = {}) {
    const size = Math.ceil(people.length / this.#crowds.length);
    const part = (at) => people.slice(at * size, (at + 1) * size);
    return Promise.all(this.#crowds.map((each, at) => each.ask('come', { place, people: part(at), options })));
  }
}
