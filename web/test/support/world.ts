// A call in virtual time: the real state machine between a browser, a server and a group that are all
// made up. They answer its effects after a while, unless a test takes the network, the server, the
// media path, a device or the key to the door away.

import { readFileSync } from 'node:fs';
import { deadline, start, step } from '../../src/call/call';
import type { CallEvent, Effect } from '../../src/call/event';
import type { DeviceProblem, Source } from '../../src/call/model';
import type { Boot, CallState } from '../../src/call/state';
import type { NodeAsk } from '../../src/wire/node_view';
import type { GroupAct, GroupCommand, GroupPerson, GroupView } from '../../src/wire/group';
import type {
  ClientMessage,
  ErrorCode,
  NodeRefused,
  ServerMessage,
  SlotAssignment,
  WirePeer,
} from '../../src/wire/message';
import { Agenda, type Owner } from './agenda';
import { BOOT, LINK } from './boot';
import { isUnanswered } from './unanswered';
import { Nodes, type NodeName } from './nodes';
import { JOINED, member, OUTSIDE, seat } from './joined';
import { verdictOn, type NodeNo } from './node_verdict';

const OFFER = readFileSync(new URL('../wire/offers/chromium.sdp', import.meta.url), 'utf8');
const TRIP_MS = 20;
export const OWN_LEAF = 0;

export { LINK };

export class World {
  now = 1_000_000;
  state: CallState;
  /** all that was asked for since the last clear() */
  effects: Effect[] = [];
  isNetworkUp = true;
  isMediaOpen = true;
  /** where the browser says that packets go */
  address: string | null = '192.0.2.1';
  /** the worker answers questions about the node: with this, in place of yes, to those of the kind */
  nodeRefusal: NodeNo | null = null;
  joined = JOINED;
  isCarrierKnown = true;
  arePapersThere = true;
  /** somebody inside lets everybody in at once */
  isDoorOpen = true;
  /** what every knock or resume is answered with, in place of success */
  refusal: ErrorCode | null = null;
  /** the node may not carry the meeting */
  wallRefusal: NodeRefused | null = null;
  readonly nodes = new Nodes();
  readonly sessions = new Set<string>();
  readonly problems: Partial<Record<Source, DeviceProblem>> = {};
  /** how the server lists the others, and how the group knows them */
  readonly seats = new Map<number, WirePeer>();
  readonly people = new Map<number, GroupPerson>();
  slots: SlotAssignment[] = [];
  group: GroupView = OUTSIDE;
  onStep: ((before: CallState, event: CallEvent, effects: readonly Effect[]) => void) | null = null;
  readonly #agenda = new Agenda();
  #sessionsMade = 0;
  #session: string | null = null;

  constructor(boot: Partial<Boot> = {}) {
    const first = start({ ...BOOT, ...boot }, this.now);
    this.state = first.state;
    this.effects.push(...first.effects);
    this.#carryOut(first.effects);
  }

  get view(): CallState['view'] {
    return this.state.view;
  }

  send(event: CallEvent): this {
    if (event.type === 'page-hidden') this.#agenda.replace('socket'); // the browser closes it
    const before = this.state;
    const { state, effects } = step(before, event, this.now);
    this.state = state;
    this.effects.push(...effects);
    this.onStep?.(before, event, effects);
    this.#carryOut(effects);
    return this;
  }

  /** Lets time pass: everything that falls due happens at its own moment. */
  wait(ms: number): this {
    const end = this.now + ms;
    for (let turns = 0; ; turns++) {
      // A deadline that stays due would keep a page busy for ever.
      if (turns > 100 + ms) throw new Error('the deadline does not move');
      const { next } = this.#agenda;
      const tick = deadline(this.state);
      const at = Math.min(next, tick);
      if (at > end) break;
      this.now = Math.max(this.now, at);
      if (next <= tick) this.#happen(next);
      else this.send({ type: 'tick' });
    }
    this.now = end;
    return this;
  }

  /** From the pre-join page to the door, with the devices that are named; through it if it is open. */
  join(devices: Partial<Record<Source, boolean>> = { microphone: true, camera: true }): this {
    const { microphone = false, camera = false } = devices;
    this.send({ type: 'use-devices', microphone, camera }).wait(100);
    return this.send({ type: 'join' }).wait(500);
  }

  /** Somebody else is there: in the tree of the group, and in the server's list. */
  add(leaf: number, change: Partial<GroupPerson> = {}, seatChange: Partial<WirePeer> = {}): this {
    this.people.set(leaf, member(leaf, change));
    this.seats.set(leaf, seat(leaf, seatChange));
    return this;
  }

  /** Somebody inside lets us in. */
  admit(): this {
    this.tell({ phase: 'joining' });
    return this.tell({ phase: 'in', epoch: this.group.epoch + 1, people: this.#everybody() });
  }

  /** The group worker has a new view of things. */
  tell(change: Partial<GroupView>): this {
    this.group = { ...this.group, ...change };
    return this.send({ type: 'group', event: { type: 'view', view: this.group } });
  }

  /** Its people are those of `people` now. */
  tellPeople(): this {
    return this.tell({ epoch: this.group.epoch + 1, people: this.#everybody() });
  }

  /** The server says something of its own accord. */
  hear(...messages: readonly ServerMessage[]): this {
    if (this.state.line.phase !== 'open') return this;
    for (const message of messages) this.#later('socket', { type: 'socket-message', message });
    return this.wait(TRIP_MS);
  }

  /** The browser has changed the path by itself. */
  move(address: string | null): this {
    this.address = address;
    if (this.state.media.phase !== 'closed') this.send({ type: 'peer-address', address });
    return this;
  }

  clear(): this {
    this.effects = [];
    return this;
  }

  said<T extends ClientMessage['type']>(type: T): Extract<ClientMessage, { type: T }>[] {
    return this.effects.flatMap((effect) =>
      effect.type === 'say' && effect.message.type === type
        ? [effect.message as Extract<ClientMessage, { type: T }>]
        : [],
    );
  }

  /** What the group was asked to do. */
  get acts(): GroupAct[] {
    return this.told('act').map(({ act }) => act);
  }

  told<T extends GroupCommand['type']>(type: T): Extract<GroupCommand, { type: T }>[] {
    return this.effects.flatMap((effect) =>
      effect.type === 'tell-group' && effect.command.type === type
        ? [effect.command as Extract<GroupCommand, { type: T }>]
        : [],
    );
  }

  asked(type: Effect['type']): number {
    return this.effects.filter((effect) => effect.type === type).length;
  }

  get noticeKinds(): string[] {
    return this.view.notices.map(({ notice }) => notice.kind);
  }

  /** Transport is gone; who was in comes back into the same group. */
  restartServer(): this {
    const { line, media } = this.state;
    if (line.phase !== 'closed') this.#later('socket', { type: 'socket-closed' });
    if (media.phase === 'connected') {
      this.isTransportKept = false;
      this.#later('peer', { type: 'peer-state', state: 'disconnected', address: null }, 3000);
    }
    return this;
  }

  isTransportKept = true;

  /** The connection to the server breaks, with an error or without. */
  hang(): this {
    const { phase } = this.state.line;
    if (phase === 'closed' || phase === 'waiting') return this;
    this.#agenda.replace('socket');
    return this.send({ type: 'socket-closed' });
  }

  #everybody(): GroupPerson[] {
    const self = member(OWN_LEAF, { name: this.view.name, isSelf: true });
    return [self, ...this.people.values()];
  }

  #happen(at: number): void {
    const event = this.#agenda.take(at);
    if (!event) return;
    if (event.type === 'group' && event.event.type === 'view') this.group = event.event.view;
    this.send(event);
  }

  #later(from: Owner, event: CallEvent, ms = TRIP_MS): void {
    this.#agenda.put(from, event, this.now + ms);
  }

  #carryOut(effects: readonly Effect[]): void {
    for (const effect of effects) this.#act(effect);
  }

  #act(effect: Effect): void {
    const { type } = effect;
    if (type === 'open-socket' || type === 'close-socket' || type === 'drop-socket') {
      this.#agenda.replace('socket');
      if (type === 'open-socket' && this.isNetworkUp) this.#open(effect.node);
    } else if (type === 'say') {
      if (this.isNetworkUp && !this.nodes.isSilent) this.#answer(effect.message);
    } else if (type === 'open-peer') {
      this.#agenda.replace('peer');
      this.#later('peer', { type: 'peer-offer', sdp: OFFER });
    } else if (type === 'answer-peer') {
      this.isTransportKept = true;
      const isConnected = this.isMediaOpen && this.isNetworkUp;
      const { address } = this;
      if (isConnected) this.#later('peer', { type: 'peer-state', state: 'connected', address });
    } else if (type === 'close-peer' || type === 'retire-peer') {
      this.#agenda.replace('peer');
    } else if (type === 'open-devices') {
      for (const { source, id } of effect.wanted) this.#openDevice(source, id);
    } else if (type === 'close-device') {
      this.#agenda.replace(effect.source);
    } else {
      this.#actInGroup(effect);
    }
  }

  #actInGroup(effect: Effect): void {
    if (effect.type === 'start-group' || effect.type === 'stop-group') {
      this.#agenda.replace('group');
      this.group = OUTSIDE;
      this.#session = null;
    } else if (effect.type === 'tell-group') {
      const { command } = effect;
      if (command.type === 'line' && command.isUp) this.#greet();
      if (command.type === 'act' && command.act.type === 'leave') {
        this.#sayLater({ type: 'message', message: 'AAAA' });
      }
      if (command.type === 'heard') this.#onHeard(command.message);
      const { type } = command;
      if (type === 'prove-node' || type === 'compose' || type === 'check-pair') {
        this.#judgeNode(command);
      }
    }
  }

  #judgeNode(ask: NodeAsk): void {
    if (ask.type === 'prove-node' && !(this.isNetworkUp && this.arePapersThere)) return;
    if (ask.type === 'compose' && ask.node !== undefined && !this.isCarrierKnown) return;
    for (const event of verdictOn(ask, this.nodeRefusal))
      this.#later('group', { type: 'group', event }, 5);
  }

  /** The worker speaks first on a fresh line. */
  #greet(): void {
    const { meeting } = LINK;
    const session = this.#session;
    const move = this.group.phase === 'in' ? this.nodes.greet() : null;
    if (move) return this.#later('group', { type: 'group', event: move }, 5);
    if (this.group.phase === 'in' && session !== null) {
      this.#sayLater({ type: 'resume', version: 2, meeting, session, log_size: 1 });
      return;
    }
    const seat = session === null ? {} : { replaces: session };
    const words = { key_package: 'AAAA', identity: 'AAAA', ...seat };
    this.#sayLater({ type: 'knock', version: 2, meeting, ...words });
  }

  #sayLater(message: ClientMessage): void {
    this.#later('group', { type: 'group', event: { type: 'say', message } }, 5);
  }

  #viewLater(change: Partial<GroupView>, ms: number): void {
    const view = { ...this.group, ...change };
    this.#later('group', { type: 'group', event: { type: 'view', view } }, ms);
  }

  #open(node: NodeName): void {
    const state = this.nodes.open(node);
    if (state === 'open') this.#later('socket', { type: 'socket-open' });
    if (state === 'killed') this.#later('socket', { type: 'socket-closed' });
  }

  #onRestored(session: string): void {
    const event = this.nodes.judge();
    if (!event) return this.#viewLater({ alarm: 'fork' }, 5);
    this.#session = session;
    if (event.type === 'seat-lost') this.group = OUTSIDE;
    this.#later('group', { type: 'group', event }, 5);
  }

  #onHeard(message: ServerMessage): void {
    if (message.type === 'restored') return this.#onRestored(message.session);
    if (message.type === 'error' && message.code === 'session_unknown') {
      this.group = OUTSIDE;
      this.#viewLater({}, 5);
    }
    if (message.type !== 'waiting') return;
    this.#session = message.session;
    if (!this.isDoorOpen) {
      const phase = message.host ? 'waiting' : 'waiting-for-host';
      return this.#viewLater({ phase }, 5);
    }
    this.#viewLater({ phase: 'joining' }, 10);
    this.#viewLater({ phase: 'in', epoch: 1, people: this.#everybody() }, 30);
  }

  #openDevice(source: Source, id: string | null): void {
    this.#agenda.replace(source);
    const problem = this.problems[source];
    this.#later(
      source,
      problem
        ? { type: 'device-failed', source, problem }
        : { type: 'device-opened', source, id: id ?? 'default', label: `the ${source}` },
    );
  }

  #answer(message: ClientMessage): void {
    const say = (answer: ServerMessage): void => {
      this.#later('socket', { type: 'socket-message', message: answer });
    };
    if (isUnanswered(message)) return;
    switch (message.type) {
      case 'knock':
        if (this.refusal) return say({ type: 'error', code: this.refusal, fatal: true });
        if (this.wallRefusal) return say(this.wallRefusal);
        return say({
          type: 'waiting',
          session: this.#newSession(message.replaces),
          knock: 'knock-0000000000000000',
          policy: 'AAAA',
          group: 'running',
          host: true,
          log_key: 'key',
        });
      case 'join':
        say(this.joined);
        return this.#sayLists(say);
      case 'resume':
        if (this.refusal) return say({ type: 'error', code: this.refusal, fatal: true });
        if (this.wallRefusal) return say(this.wallRefusal);
        if (!this.sessions.has(message.session)) {
          return say({ type: 'error', code: 'session_unknown', fatal: true });
        }
        say({
          type: 'resumed',
          peer: JOINED.peer,
          leaf: OWN_LEAF,
          is_in_worker: this.isTransportKept,
        });
        return this.#sayLists(say);
      case 'ping':
        return say({ type: 'pong', id: message.id });
      case 'restore': {
        const answer = this.nodes.answer();
        say(answer);
        if (answer.type === 'restored') this.sessions.add(answer.session);
        return answer.type === 'restored' ? this.#sayLists(say) : undefined;
      }
    }
  }

  #newSession(replaced: string | undefined): string {
    if (replaced !== undefined) this.sessions.delete(replaced);
    const session = `session-${String(++this.#sessionsMade).padStart(14, '0')}`;
    this.sessions.add(session);
    return session;
  }

  #sayLists(say: (answer: ServerMessage) => void): void {
    const self = seat(OWN_LEAF, { peer: JOINED.peer });
    say({ type: 'peers', peers: [...this.seats.values(), self], complete: true });
    say({ type: 'slots', slots: this.slots });
  }
}
