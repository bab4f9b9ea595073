// Beats as a node would send them (docs/protocol/cluster.md 2), of whatever node and country: said on the bus by
// somebody who may speak there.

import { randomBytes } from 'node:crypto';

import { hostOf, sha256 } from '../../cluster/lib/lab.mjs';

const BEAT = 'incamera.beat';

const u64 = (n) => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt.asUintN(64, n));
  return bytes;
};

const read = (bytes) => ({ node: bytes.subarray(1, 33), leaf: bytes.subarray(33, 65), sequence: bytes.readBigUInt64BE(75) });

export class Forger {
  #heard = new Map();
  #incarnation = randomBytes(8);
  #sequence = 1n;

  /** speaker: of Bus */
  constructor(speaker) {
    this.speaker = speaker;
    this.listening = speaker.listen(BEAT, 0);
  }

  #listen() {
    for (const { subject, bytes } of this.speaker.messages.splice(0))
      if (subject === BEAT && bytes.length >= 94) this.#heard.set(bytes.toString('hex', 1, 33), read(bytes));
  }

  /** "I am this node, I stand in this country, and I have just heard you all"; the whole of it as `change` would have it. */
  beat(name, country, change = (bytes) => bytes) {
    this.#listen();
    const node = sha256(hostOf(name));
    const leaf = this.#heard.get(node.toString('hex'))?.leaf ?? randomBytes(32);
    const acks = [...this.#heard.values()].map((each) => Buffer.concat([each.node.subarray(0, 8), u64(each.sequence)]));
    const count = Buffer.from([0, acks.length]);
    const load = Buffer.from([0, 0, 3, 232, 0, 0, 3, 232, 0]); // empty, with room for 1,000
    const bytes = Buffer.concat([Buffer.from([1]), node, leaf, Buffer.from(country, 'latin1'), this.#incarnation, u64(this.#sequence++), load, count, ...acks]);
    this.speaker.publish(BEAT, change(bytes));
  }

  get others() {
    this.#listen();
    return this.#heard.size;
  }

  end() {
    this.speaker.close();
  }
}
