// People of a meeting by signalling and MLS alone, for tests of the server without a browser: real
// groups by ts-mls over real sockets. Identities are sealed noise: only other members could open them.
import { createPrivateKey, createPublicKey, randomBytes, sign } from 'node:crypto';
import * as mls from '../vectors/mls_incamera/mls.mjs';
import { joinFrom } from '../vectors/mls_incamera/join.mjs';
import {
  addOf,
  contextExtensions,
  cs,
  groupInfoMessage,
  identityExtension,
  keyPackageMessage,
  makePerson,
  pskIdOf,
  pskOf,
  removeOf,
  sha256,
  welcomeMessage,
} from '../vectors/mls_incamera/people.mjs';

export const base64url = (bytes) => Buffer.from(bytes).toString('base64url');
export const bytesOf = (text) => new Uint8Array(Buffer.from(text, 'base64url'));
const seconds = () => Math.floor(Date.now() / 1000);

/** A host's key pair; `sign` is raw Ed25519. */
export function hostKey() {
  const der = Buffer.from('302e020100300506032b657004220420', 'hex');
  const key = createPrivateKey({
    key: Buffer.concat([der, randomBytes(32)]),
    format: 'der',
    type: 'pkcs8',
  });
  const publicKey = createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(-32);
  return { publicKey, sign: (bytes) => sign(null, bytes, key) };
}

const u16 = (n) => Buffer.from([n >> 8, n & 255]);
const long = (bytes) => Buffer.concat([u16(bytes.length), bytes]);

/** What a policy takes from the papers of the server (docs/protocol/nodes.md 4). */
export async function termsOf(url) {
  const answer = await fetch(`${url}/api/v1/nodes/self`);
  if (!answer.ok) throw new Error(`no papers: ${answer.status} ${await answer.text()}`);
  const { operator_keys: lists, log_policy: log, node_set: set, node_cert: cert } = await answer.json();
  const hash = (text) => sha256(Buffer.from(text));
  return {
    keysHash: hash(lists.at(-1).split('\n\n')[0].replace(/\n?$/, '\n')), // of the text of a note
    logHash: hash(log),
    setSerial: BigInt(/^serial (\d+)$/m.exec(set)[1]),
    country: /^region ([A-Z]{2})$/m.exec(cert)[1],
  };
}

/** An encoded IcPolicy (docs/protocol/encryption.md 3). */
function policyOf(id, host, hasLobby, { keysHash, logHash, setSerial, country }) {
  const serial = Buffer.alloc(8);
  serial.writeBigUInt64BE(setSerial);
  return Buffer.concat([
    Buffer.from([1]),
    randomBytes(16),
    id,
    long(Buffer.from(country)),
    keysHash,
    logHash,
    serial,
    Buffer.from([2, 0]), // hops, no flags
    long(Buffer.alloc(0)), // not excluded by physics
    long(host === null ? Buffer.alloc(0) : host.publicKey),
    long(Buffer.alloc(0)), // no issuers
    Buffer.from([hasLobby ? 1 : 2]),
    u16(4),
  ]);
}

/** What the maker of a meeting chooses, by the terms of the server; `body` is that of POST /api/v1/meetings. */
export function newMeeting(terms, { hasHost = false, hasLobby = false } = {}) {
  const id = randomBytes(16);
  const host = hasHost || hasLobby ? hostKey() : null;
  const policy = policyOf(id, host, hasLobby, terms);
  const body = JSON.stringify({ policy: base64url(policy) });
  return { id, name: base64url(id), host, policy, psk: randomBytes(32), body };
}

/** The roots of the complete subtrees of a log, the largest first (RFC 6962 2.1). */
class Frontier {
  constructor(size = 0, roots = []) {
    Object.assign(this, { size, roots });
  }

  append(entry) {
    let node = sha256(Buffer.concat([Buffer.from([0]), entry]));
    for (let size = this.size; size % 2 === 1; size = Math.floor(size / 2))
      node = Frontier.#above(this.roots.pop(), node);
    this.roots.push(node);
    this.size += 1;
  }

  root() {
    return this.roots.toReversed().reduce((right, left) => Frontier.#above(left, right));
  }

  static #above(left, right) {
    return sha256(Buffer.concat([Buffer.from([1]), left, right]));
  }
}

export class Member {
  heard = []; // whole messages, the oldest first
  state = null;
  logSize = 0;
  entries = []; // of the log, if it saw the beginning
  log = new Frontier();

  /** open: () => a socket of tests/http/raw_client.mjs, and its frame(). */
  static async arrive({ Socket, frame, OPCODE }, meeting, { isHost = false, replaces } = {}) {
    const member = new this();
    Object.assign(member, { meeting, frame, OPCODE });
    member.socket = await Socket.open();
    const sealed = randomBytes(512);
    member.person = await makePerson(seconds(), {
      leafExtensions: [identityExtension(sha256(sealed))],
    });
    member.authority = isHost ? member.#prove() : null;
    member.say({
      type: 'knock',
      version: 2,
      meeting: meeting.name,
      key_package: base64url(keyPackageMessage(member.person.publicPackage)),
      identity: base64url(sealed),
      ...(isHost && { authority: base64url(member.authority) }),
      ...(replaces && { replaces }),
    });
    member.sealed = sealed;
    const waiting = await member.until('waiting');
    member.session = waiting.session;
    member.knock = waiting.knock;
    return member;
  }

  #prove() {
    const leaf = this.person.keys.publicKey;
    const text = Buffer.concat([Buffer.from('InCamera authority v1'), this.meeting.id, leaf]);
    return Buffer.concat([Buffer.from([0]), this.meeting.host.sign(text)]);
  }

  say(message) {
    this.socket.write(this.frame(this.OPCODE.TEXT, JSON.stringify(message)));
  }

  /** The next message that is not a ping; undefined when the socket is closed. */
  async next(ms) {
    for (;;) {
      const next = await this.socket.next(ms);
      if (next === undefined || next.opcode === this.OPCODE.CLOSE) return undefined;
      if (next.opcode === this.OPCODE.TEXT) return JSON.parse(next.payload);
    }
  }

  /** The next message, worked off; undefined when the socket is closed. */
  async take(ms) {
    const message = await this.next(ms);
    if (message === undefined) return undefined;
    this.heard.push(message);
    if (message.type === 'commit') await this.#work(message);
    return message;
  }

  /** Work off what comes until a message of this type is there. */
  async until(type, ms) {
    for (;;) {
      const message = await this.take(ms);
      if (message === undefined) throw new Error(`no ${type}; heard: ${this.types()}`);
      if (message.type === 'refused' && ['created', 'commit'].includes(type))
        throw new Error(`refused ${message.reason}`);
      if (message.type === type) return message;
    }
  }

  types() {
    return this.heard.map(({ type, code, reason }) => [type, code, reason].join(' ').trim());
  }

  #psks(state) {
    const name = Buffer.from(pskIdOf(this.meeting.id, 1)).toString('base64');
    return mls.makePskIndex(state, { [name]: this.meeting.psk });
  }

  async create() {
    const { publicPackage, privatePackage } = this.person;
    const id = sha256(Buffer.concat([this.meeting.id, randomBytes(16), sha256(this.meeting.policy)]));
    const extensions = contextExtensions(this.meeting.policy);
    this.state = await mls.createGroup(id, publicPackage, privatePackage, extensions, cs);
    const info = await mls.createGroupInfoWithExternalPubAndRatchetTree(this.state, [], cs);
    this.entries = [groupInfoMessage(info)];
    this.say({ type: 'create', group_info: base64url(this.entries[0]) });
    const created = await this.until('created');
    this.logSize = created.log.size;
    this.log.append(this.entries[0]);
    return created;
  }

  /** Add people who wait, remove leaves; resolves when it came back. */
  async commit(changes) {
    await this.propose(changes);
    return this.until('commit');
  }

  /** The same, without waiting for it. */
  async propose({ add = [], remove = [] } = {}) {
    const proposals = remove.map(removeOf).concat(add.map(({ person }) => addOf(person)));
    if (add.length > 0) proposals.push(pskOf(pskIdOf(this.meeting.id, 1)));
    const data =
      this.authority === null
        ? new Uint8Array()
        : Buffer.concat([Buffer.from([1, this.authority.length]), this.authority, u16(0)]);
    this.#made = await mls.createCommit(
      { state: this.state, pskIndex: this.#psks(this.state), cipherSuite: cs },
      { wireAsPublicMessage: true, extraProposals: proposals, authenticatedData: data },
    );
    const bytes = mls.encodeMlsMessage(this.#made.commit);
    this.#own = base64url(bytes);
    this.say({
      type: 'commit',
      message: this.#own,
      ...(add.length > 0 && { welcome: base64url(welcomeMessage(this.#made.welcome)) }),
    });
  }

  #made = null;
  #own = '';

  async #work({ message, log }) {
    if (log.size !== this.logSize + 1) throw new Error(`entry ${log.size} after ${this.logSize}`);
    this.logSize = log.size;
    this.entries.push(bytesOf(message));
    this.log.append(bytesOf(message));
    if (message === this.#own) {
      this.state = this.#made.newState;
      return;
    }
    const [decoded] = mls.decodeMlsMessage(bytesOf(message), 0);
    const { proposals } = decoded.publicMessage.content.commit;
    const removed = proposals.map(({ proposal }) => proposal?.remove?.removed);
    if (removed.includes(this.leaf)) return; // it is for the others
    const done = await mls.processPublicMessage(
      this.state,
      decoded.publicMessage,
      this.#psks(this.state),
      cs,
    );
    this.state = done.newState;
  }

  /** Come in by the Welcome; the tree is fetched by its hash. */
  async enter(fetchBlob) {
    const message = await this.until('welcome');
    const encoded = await fetchBlob(message.tree);
    const [tree] = mls.decodeRatchetTree(encoded, 0);
    const [welcome] = mls.decodeMlsMessage(bytesOf(message.welcome), 0);
    this.state = await joinFrom(welcome.welcome, this.person, tree, this.#psks(undefined));
    this.logSize = message.log.size + 1;
    this.log = new Frontier(message.log.size, message.log.frontier.map(bytesOf));
    this.log.append(bytesOf(message.commit));
    return message;
  }

  get leaf() {
    return this.state.privatePath.leafIndex;
  }

  get epoch() {
    return Number(this.state.groupContext.epoch);
  }

  /** What all members of one epoch have in common. */
  get code() {
    return Buffer.from(this.state.keySchedule.epochAuthenticator).toString('hex');
  }

  /** On a new socket, as the same leaf. */
  async resume({ Socket }) {
    this.socket = await Socket.open();
    this.say({
      type: 'resume',
      version: 2,
      meeting: this.meeting.name,
      session: this.session,
      log_size: this.logSize,
    });
    const resumed = await this.until('resumed');
    await this.until('slots');
    return resumed;
  }

  /** What this member says to a node that is to carry the meeting on (docs/protocol/signalling.md 4.4). */
  async restoreMessage(node, { witness, time = Date.now() } = {}) {
    const { groupContext, confirmationTag, ratchetTree } = this.state;
    const made = [groupContext, confirmationTag, this.state, ratchetTree, [], cs];
    const info = groupInfoMessage(await mls.createGroupInfoWithRatchetTree(...made));
    const numbers = Buffer.alloc(21);
    numbers.writeBigUInt64BE(BigInt(this.log.size), 0);
    numbers.writeBigUInt64BE(BigInt(time), 8);
    numbers.writeUInt32BE(1, 16); // generation; the last byte: not locked
    const tbs = [Buffer.from([node.length]), Buffer.from(node), sha256(info), this.log.root(), numbers];
    const key = this.person.privatePackage.signaturePrivateKey;
    const proof = await mls.signWithLabel(key, 'InCamera restore v1', Buffer.concat(tbs), cs.signature);
    return {
      type: 'restore',
      version: 2,
      policy: base64url(this.meeting.policy),
      group_info: base64url(info),
      identity: base64url(this.sealed),
      ...(witness && { authority: base64url(witness.authority), witness: witness.leaf }),
      log: { size: this.log.size, frontier: this.log.roots.map(base64url) },
      locked: false,
      generation: 1,
      time,
      proof: base64url(proof),
    };
  }

  /** To another node, of this name: as the same leaf. { restored } or { error }: what the node says instead. */
  async restore({ Socket }, node, options) {
    this.socket = await Socket.open();
    this.say(await this.restoreMessage(node, options));
    for (;;) {
      const message = await this.next(8000);
      if (message === undefined || message.type === 'error') return { error: message };
      this.heard.push(message);
      if (message.type !== 'restored') continue;
      this.session = message.session;
      return { restored: message };
    }
  }

  close() {
    this.socket.close();
  }
}
