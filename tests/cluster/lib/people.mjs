// Who knocks at a node, without a browser: a real key package, and what the server says to it.

import { randomBytes } from 'node:crypto';
import { Member, base64url } from '../../support/member.mjs';

const u16 = (n) => Buffer.from([n >> 8, n & 255]);
const long = (bytes) => Buffer.concat([u16(bytes.length), bytes]);

/** A meeting without hosts that may run in these countries (docs/protocol/encryption.md 3). */
export function newMeeting({ keysHash, logHash, setSerial }, countries) {
  const id = randomBytes(16);
  const serial = Buffer.alloc(8);
  serial.writeBigUInt64BE(setSerial);
  const policy = Buffer.concat([
    Buffer.from([1]), randomBytes(16), id, long(Buffer.from(countries.join(''))), keysHash, logHash, serial,
    Buffer.from([2, 0]), long(Buffer.alloc(0)), long(Buffer.alloc(0)), long(Buffer.alloc(0)), Buffer.from([2]), u16(4),
  ]);
  return { id, name: base64url(id), host: null, policy, psk: randomBytes(32), body: JSON.stringify({ policy: base64url(policy) }) };
}

export async function make(node, meeting) {
  const headers = { 'content-type': 'application/json', origin: node.origin };
  const answer = await fetch(`${node.url}/api/v1/meetings`, { method: 'POST', headers, body: meeting.body });
  return answer.status;
}

/** tests/http/raw_client.mjs speaks with one server: here, once for each. */
export function clientOf(node) {
  process.env.IC_TEST_URL = node.url;
  return import(`../../http/raw_client.mjs?${node.name}`);
}

/** { member } who waits, or { error }: what the node says instead. */
export async function knock(node, meeting) {
  const began = Date.now();
  try {
    const member = await Member.arrive(await clientOf(node), meeting);
    return { member, ms: Date.now() - began };
  } catch (error) {
    return { error: String(error.message), ms: Date.now() - began };
  }
}

/** The first answer to a knock, whole. */
export async function refusal(node, meeting) {
  const began = Date.now();
  const heard = [];
  const before = Member.prototype.until;
  Member.prototype.until = async function until(type, ms) {
    for (;;) {
      const message = await this.next(ms);
      if (message === undefined || message.type === type || message.type === 'error') {
        heard.push(message);
        if (message?.type === type) return message;
        throw new Error('refused');
      }
    }
  };
  try {
    await Member.arrive(await clientOf(node), meeting);
  } catch {
    // told below
  } finally {
    Member.prototype.until = before;
  }
  return { ...heard[0], ms: Date.now() - began };
}
