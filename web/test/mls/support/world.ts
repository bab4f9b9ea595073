// Drivers and a delivery service in virtual time. A test lets things happen until something holds.

import { vi } from 'vitest';
import { Driver } from '../../../src/mls/driver';
import type { Outlets } from '../../../src/mls/outlets';
import { readKeyPackage, type MadeCommit, type ReadKeyPackage } from '../../../src/mls/adapter';
import { policyHash } from '../../../src/mls/digest';
import { keysOfLink, pskId } from '../../../src/mls/link_keys';
import { Member } from '../../../src/mls/member';
import { rawKey } from '../../../src/mls/proof';
import { base64url, fromBase64url } from '../../../src/wire/base64';
import type {
  FrameKeys,
  GroupAct,
  GroupEvent,
  GroupStart,
  GroupView,
} from '../../../src/wire/group';
import type { ClientMessage } from '../../../src/wire/message';
import { encode, decodeClient } from '../../../src/wire/message';
import { newPolicy } from '../../../src/wire/policy';
import { Service, type Line } from './service';
import { VirtualTime } from './time';

const HOST_NAME = 'meet.example.org';
const STEP_MS = 50;
const UNTIL_MS = 90_000;

export interface WorldOptions {
  readonly isHosted?: boolean;
  readonly lobby?: 'lobby' | 'open';
  readonly suite?: 4 | 5;
}

export const bytes = (length: number): Uint8Array<ArrayBuffer> =>
  crypto.getRandomValues(new Uint8Array(length));

export const keyPair = (): Promise<CryptoKeyPair> =>
  crypto.subtle.generateKey('Ed25519', false, ['sign', 'verify']);

/** Those of all worlds, as they came in: for those who play false. */
const members: Member[] = [];
const begin = Object.getOwnPropertyDescriptor(Member.prototype, 'begin')?.value as (
  onIn: () => void,
) => Promise<void>;

export class Client {
  readonly driver: Driver;
  readonly name: string;
  readonly events: GroupEvent[] = [];
  readonly frames: FrameKeys[] = [];
  readonly said: ClientMessage[] = [];
  line: Line | null = null;
  /** the node that has its place */
  at: string | null = null;
  /** whether another node may be told of the meeting */
  admits: (node: string) => boolean = () => true;
  /** does not say that it is ready */
  isMute = false;
  /** when each of `frames` came */
  readonly frameTimes: number[] = [];
  readonly #world: World;

  readonly #replaces: string | null;

  constructor(world: World, name: string, outlets: Partial<Outlets>, replaces: string | null) {
    this.#world = world;
    this.#replaces = replaces;
    this.name = name;
    this.driver = new Driver({
      clock: world.time.clock,
      random: bytes,
      fetchBlob: (hash) => world.at(this.at).fetchBlob(hash),
      admitNode: (node) => Promise.resolve(this.admits(node)),
      atNode: (node) => {
        this.at = node;
      },
      verifyToken: () => Promise.resolve(null),
      emit: (event) => this.#onEvent(event),
      policy: () => undefined,
      frames: (keys) => {
        this.frames.push(keys);
        this.frameTimes.push(world.time.now);
      },
      onFault: (error) => world.faults.push(error),
      ...outlets,
    });
  }

  get view(): GroupView {
    const last = this.events.findLast((event) => event.type === 'view');
    if (!last) throw new Error(`${this.name} has shown nothing`);
    return last.view;
  }
  get session(): string {
    return this.line?.service?.sessionOf(this.line) ?? '';
  }
  get names(): string[] {
    return this.view.people.map(({ name }) => name).sort();
  }
  get leaf(): number {
    return this.view.people.find(({ isSelf }) => isSelf)?.leaf ?? -1;
  }

  leafOf(name: string): number {
    const leaf = this.view.people.find((person) => person.name === name)?.leaf;
    if (leaf === undefined) throw new Error(`${this.name} sees no ${name}`);
    return leaf;
  }

  knockOf(name: string): string {
    const knock = this.view.knockers.find((knocker) => knocker.name === name)?.knock;
    if (knock === undefined) throw new Error(`nobody called ${name} knocks at ${this.name}`);
    return knock;
  }

  act(act: GroupAct): void {
    this.driver.command({ type: 'act', act });
  }

  /** To a node; null: the one that served the page. */
  connect(node: string | null = this.at): void {
    const line: Line = {
      service: this.#world.at(node),
      send: (message) => {
        if (this.line === line) this.driver.command({ type: 'heard', message });
      },
    };
    this.line = line;
    this.driver.command({ type: 'line', isUp: true, node });
  }

  /** The socket goes; what was on its way is lost. */
  disconnect(): void {
    const { line } = this;
    this.line = null;
    this.driver.command({ type: 'line', isUp: false });
    if (line) line.service?.lose(line);
  }

  /** What the client of this person holds: for those who play false. */
  get member(): Member {
    const { leaf } = this;
    const found = members.findLast(
      ({ instance }) => instance.group.ownLeaf === leaf && instance.group.epoch === this.view.epoch,
    );
    if (!found) throw new Error(`${this.name} is not in`);
    return found;
  }

  /** Says bytes to the group that no client says. */
  async sayRaw(plaintext: Uint8Array): Promise<void> {
    await this.#world.settle();
    const message = base64url(await this.member.instance.group.seal(plaintext));
    if (this.line) this.#world.hear(this.line, { type: 'message', message });
  }

  /** A commit that no rule has seen. */
  async propose(adds: readonly ReadKeyPackage[]): Promise<MadeCommit> {
    await this.#world.settle();
    const { meeting, secret } = this.#world;
    const { psk } = await keysOfLink(meeting, secret);
    return this.member.instance.group.propose({
      removes: [],
      adds,
      psk: { id: pskId(meeting, 1), value: psk },
      data: new Uint8Array(),
      icState: bytes(10),
    });
  }

  /** Commits an Add of somebody who knocks, without asking anybody. */
  async smuggle(name: string): Promise<void> {
    const { service } = this.#world;
    const bytesOf = (text: string) => fromBase64url(text) ?? new Uint8Array();
    const line = this.#world.clients.find((client) => client.name === name)?.line;
    const seat = service.seats.find((each) => each.line === line);
    const keyPackage = seat && (await readKeyPackage(bytesOf(seat.keyPackage)));
    if (!keyPackage) throw new Error(`${name} does not knock`);
    const made = await this.propose([keyPackage]);
    const message: ClientMessage = {
      type: 'commit',
      message: base64url(made.message),
      ...(made.welcome && { welcome: base64url(made.welcome) }),
    };
    if (this.line) this.#world.hear(this.line, message);
  }

  /** What the page does after the group has said its farewell. */
  leave(): void {
    if (this.line) this.#world.hear(this.line, { type: 'leave' });
  }

  chats(): string[] {
    return this.events.flatMap((event) => (event.type === 'chat' ? [event.text] : []));
  }

  #onEvent(event: GroupEvent): void {
    this.events.push(event);
    if (event.type !== 'say') return;
    const { line } = this;
    const isFirst = event.message.type === 'knock' && event.message.replaces === undefined;
    const message =
      isFirst && this.#replaces !== null
        ? { ...event.message, replaces: this.#replaces }
        : event.message;
    this.said.push(message);
    if (line && !(this.isMute && message.type === 'ready')) this.#world.hear(line, message);
  }
}

export class World {
  readonly time = new VirtualTime();
  readonly service: Service;
  readonly meeting: Uint8Array<ArrayBuffer>;
  readonly secret: Uint8Array<ArrayBuffer>;
  readonly hash: Uint8Array<ArrayBuffer>;
  readonly host: CryptoKeyPair | null;
  readonly clients: Client[] = [];
  readonly faults: unknown[] = [];
  readonly #nodes = new Map<string, Service>();
  #service: Promise<void> = Promise.resolve();

  private constructor(
    service: Service,
    parts: Pick<World, 'meeting' | 'secret' | 'hash' | 'host'>,
  ) {
    this.service = service;
    this.meeting = parts.meeting;
    this.secret = parts.secret;
    this.hash = parts.hash;
    this.host = parts.host;
    // The library compares lifetimes with this clock when it makes a commit.
    vi.spyOn(Member.prototype, 'begin').mockImplementation(function (this: Member, onIn) {
      members.push(this);
      return begin.call(this, onIn);
    });
    vi.spyOn(Date, 'now').mockImplementation(() => this.time.now);
  }

  static async begin(options: WorldOptions = {}): Promise<World> {
    const meeting = bytes(16);
    const host = options.isHosted === false ? null : await keyPair();
    const policy = newPolicy({
      id: bytes(16),
      meeting,
      countries: ['DE'],
      operatorKeysHash: bytes(32),
      logPolicyHash: bytes(32),
      nodeSetSerial: 1n,
      hostKeys: host ? [await rawKey(host.publicKey)] : [],
      issuers: [],
      lobby: options.lobby ?? (host ? 'lobby' : 'open'),
      suite: options.suite ?? 4,
    });
    const service = await Service.of(policy, HOST_NAME);
    const hash = await policyHash(fromBase64url(service.policyText) ?? new Uint8Array());
    return new World(service, { meeting, secret: bytes(16), hash, host });
  }

  /** Another node that may carry the meeting. */
  async addNode(node: string): Promise<Service> {
    const service = await Service.of(this.service.policy, node);
    this.#nodes.set(node, service);
    return service;
  }

  at(node: string | null): Service {
    const service = node === null ? this.service : this.#nodes.get(node);
    if (!service) throw new Error(`no node ${String(node)}`);
    return service;
  }

  /** A browser with the link; `start` overrides. */
  async client(
    name: string,
    start: Partial<GroupStart> = {},
    outlets: Partial<Outlets> = {},
    /** the seat of the page before, which the page adds to the first knock */
    replaces: string | null = null,
  ): Promise<Client> {
    const client = new Client(this, name, outlets, replaces);
    this.clients.push(client);
    client.driver.command({
      type: 'start',
      meeting: this.meeting,
      secret: this.secret.slice(),
      policyHash: this.hash,
      hostName: HOST_NAME,
      name,
      device: await keyPair(),
      host: null,
      signed: null,
      seenOperators: [],
      seen: [],
      ...start,
    });
    client.connect();
    return client;
  }

  async hostClient(name: string, start: Partial<GroupStart> = {}): Promise<Client> {
    const client = await this.client(name, { host: this.host, ...start });
    await this.until(() => client.view.phase === 'in');
    return client;
  }

  /** Knocks, and is let in by `by`. */
  async admitted(by: Client, name: string, start: Partial<GroupStart> = {}): Promise<Client> {
    const client = await this.client(name, start);
    await this.until(() => by.view.knockers.some((knocker) => knocker.name === name));
    by.act({ type: 'admit', knocks: [by.knockOf(name)] });
    await this.until(() => client.view.phase === 'in');
    await this.together();
    return client;
  }

  /** What clients say reaches the service in order. */
  hear(line: Line, message: ClientMessage): void {
    // What is said must be readable by a server.
    if (!decodeClient(encode(message))) throw new Error(`no message: ${message.type}`);
    const { service = this.service } = line;
    this.#service = this.#service.then(() => service.hear(line, message));
    this.#service.catch((error: unknown) => this.faults.push(error));
  }

  async settle(): Promise<void> {
    for (let quiet = 0; quiet < 2; quiet++) {
      await Promise.all(this.clients.map(({ driver }) => driver.settled()));
      await this.#service;
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    if (this.faults.length > 0) throw new Error('a fault', { cause: this.faults[0] });
  }

  async pass(ms: number): Promise<void> {
    const step = Math.max(STEP_MS, ms / 200);
    for (let left = ms; left > 0; left -= step) {
      await this.settle();
      await this.time.pass(Math.min(left, step), () => this.settle());
    }
    await this.settle();
  }

  /** Lets time pass until this holds. How much it took. */
  async until(holds: () => boolean): Promise<number> {
    const from = this.time.now;
    while (!isSo(holds)) {
      if (this.time.now - from > UNTIL_MS) throw new Error(`does not come: ${holds.toString()}`);
      await this.pass(STEP_MS);
    }
    return this.time.now - from;
  }

  /** Everybody who is in agrees, and knows everybody. */
  async together(): Promise<void> {
    await this.until(() => {
      const inside = this.clients.filter(({ view, line }) => view.phase === 'in' && line !== null);
      const codes = new Set(inside.map(({ view }) => `${view.epoch} ${view.code}`));
      const isKnown = inside.every(({ view }) => view.people.every(({ name }) => name !== ''));
      return codes.size <= 1 && isKnown;
    });
  }
}

function isSo(holds: () => boolean): boolean {
  try {
    return holds();
  } catch {
    return false;
  }
}
