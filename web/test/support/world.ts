// A call in virtual time: the real state machine between a browser and a server that are both made
// up. They answer its effects after a while, unless a test takes the network, the server, the media
// path or a device away.

import { readFileSync } from 'node:fs';
import { deadline, start, step } from '../../src/call/call';
import type { CallEvent, Effect } from '../../src/call/event';
import type { DeviceProblem, Source } from '../../src/call/model';
import type { Boot, CallState } from '../../src/call/state';
import type {
  ClientMessage,
  ErrorCode,
  ServerMessage,
  SlotAssignment,
  WirePeer,
} from '../../src/wire/message';
import { JOINED, member } from './joined';

const OFFER = readFileSync(new URL('../wire/offers/chromium.sdp', import.meta.url), 'utf8');
const TRIP_MS = 20;

export const LINK = { meeting: 'AAECAwQFBgcICQoLDA0ODw', secret: 'Dw4NDAsKCQgHBgUEAwIBAA' };

const BOOT: Boot = {
  place: 'meeting',
  meeting: LINK,
  address: `https://meet.example.org/m/${LINK.meeting}#0.${LINK.secret}`,
  name: 'Teacher',
  session: null,
  isInOtherTab: false,
  isSupported: true,
  seed: 1,
};

interface Due {
  readonly at: number;
  readonly event: CallEvent;
  /** events of a socket or a peer connection that has been replaced are never heard */
  readonly from: 'shell' | 'socket' | 'peer' | Source;
  readonly turn: number;
}

type Owner = Due['from'];

export class World {
  now = 1_000_000;
  state: CallState;
  /** all that was asked for since the last clear() */
  effects: Effect[] = [];
  isNetworkUp = true;
  isMediaOpen = true;
  /** what every join or resume is answered with, in place of success */
  refusal: ErrorCode | null = null;
  readonly sessions = new Set<string>();
  readonly problems: Partial<Record<Source, DeviceProblem>> = {};
  readonly others = new Map<string, WirePeer>();
  slots: SlotAssignment[] = [];
  onStep: ((before: CallState, event: CallEvent, effects: readonly Effect[]) => void) | null = null;
  #due: Due[] = [];
  #turns: Record<Owner, number> = { shell: 0, socket: 0, peer: 0, microphone: 0, camera: 0 };
  #sessionsMade = 0;

  constructor(boot: Partial<Boot> = {}) {
    const first = start({ ...BOOT, ...boot }, this.now);
    this.state = first.state;
    this.#carryOut(first.effects);
  }

  get view(): CallState['view'] {
    return this.state.view;
  }

  send(event: CallEvent): this {
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
      const next = this.#due.reduce((first, due) => Math.min(first, due.at), Infinity);
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

  /** From the pre-join page into the call, with the devices that are named. */
  join(devices: Partial<Record<Source, boolean>> = { microphone: true, camera: true }): this {
    const { microphone = false, camera = false } = devices;
    this.send({ type: 'use-devices', microphone, camera }).wait(100);
    return this.send({ type: 'join' }).wait(500);
  }

  /** The server says something of its own accord. */
  hear(...messages: readonly ServerMessage[]): this {
    if (this.state.line.phase !== 'open') return this;
    for (const message of messages) this.#later('socket', { type: 'socket-message', message });
    return this.wait(TRIP_MS);
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

  asked(type: Effect['type']): number {
    return this.effects.filter((effect) => effect.type === type).length;
  }

  get noticeKinds(): string[] {
    return this.view.notices.map(({ notice }) => notice.kind);
  }

  restartServer(): this {
    this.sessions.clear();
    const { line, media } = this.state;
    if (line.phase !== 'closed') this.#later('socket', { type: 'socket-closed' });
    if (media.phase === 'connected') {
      this.#later('peer', { type: 'peer-state', state: 'disconnected' }, 3000);
    }
    return this;
  }

  /** The connection to the server breaks, with an error or without. */
  hang(): this {
    const { phase } = this.state.line;
    if (phase === 'closed' || phase === 'waiting') return this;
    this.#turns.socket++;
    return this.send({ type: 'socket-closed' });
  }

  #happen(at: number): void {
    const due = this.#due.find((each) => each.at === at);
    if (!due) return;
    this.#due.splice(this.#due.indexOf(due), 1);
    if (this.#turns[due.from] === due.turn) this.send(due.event);
  }

  #later(from: Owner, event: CallEvent, ms = TRIP_MS): void {
    this.#due.push({ at: this.now + ms, event, from, turn: this.#turns[from] });
  }

  #carryOut(effects: readonly Effect[]): void {
    for (const effect of effects) this.#act(effect);
  }

  #act(effect: Effect): void {
    const { type } = effect;
    if (type === 'open-socket' || type === 'close-socket' || type === 'drop-socket') {
      this.#turns.socket++;
      if (type === 'open-socket' && this.isNetworkUp)
        this.#later('socket', { type: 'socket-open' });
    } else if (type === 'say') {
      if (this.isNetworkUp) this.#answer(effect.message);
    } else if (type === 'open-peer') {
      this.#turns.peer++;
      this.#later('peer', { type: 'peer-offer', sdp: OFFER });
    } else if (type === 'answer-peer') {
      const isConnected = this.isMediaOpen && this.isNetworkUp;
      if (isConnected) this.#later('peer', { type: 'peer-state', state: 'connected' });
    } else if (type === 'close-peer') {
      this.#turns.peer++;
    } else if (type === 'open-devices') {
      for (const { source, id } of effect.wanted) this.#openDevice(source, id);
    } else if (type === 'close-device') {
      this.#turns[effect.source]++;
    }
  }

  #openDevice(source: Source, id: string | null): void {
    this.#turns[source]++;
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
    switch (message.type) {
      case 'join':
        if (this.refusal) return say({ type: 'error', code: this.refusal, fatal: true });
        say({ ...JOINED, session: this.#newSession(message.replaces) });
        return this.#sayLists(say, message.name);
      case 'resume':
        if (this.refusal) return say({ type: 'error', code: this.refusal, fatal: true });
        if (!this.sessions.has(message.session)) {
          return say({ type: 'error', code: 'session_unknown', fatal: true });
        }
        say({ type: 'resumed', peer: JOINED.peer });
        return this.#sayLists(say, this.view.name);
      case 'ping':
        return say({ type: 'pong', id: message.id });
      case 'leave':
      case 'media':
        return;
    }
  }

  #newSession(replaced: string | undefined): string {
    if (replaced !== undefined) this.sessions.delete(replaced);
    const session = `session-${String(++this.#sessionsMade).padStart(14, '0')}`;
    this.sessions.add(session);
    return session;
  }

  #sayLists(say: (answer: ServerMessage) => void, name: string): void {
    const self = member(JOINED.peer, { name });
    say({ type: 'peers', peers: [...this.others.values(), self], complete: true });
    say({ type: 'slots', slots: this.slots });
  }
}
