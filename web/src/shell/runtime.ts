// The loop: an event comes in, step() says what follows, the effects are carried out, and one timer
// waits for the next deadline. Everything in this folder meets here and nowhere else.

import { deadline, start, step } from '../call/call';
import type { CallEvent, Effect } from '../call/event';
import type { AppState, VideoSurface, ViewPort } from '../call/model';
import type { Boot, CallState } from '../call/state';
import { base64url, composeLink, SECRET_BYTES } from '../wire/old_link';
import { makeMeeting } from './api';
import { playChime } from './chime';
import { now } from './clock';
import { Devices } from './devices';
import { Meters } from './meters';
import { Peer } from './peer';
import { Slots } from './slots';
import { Socket } from './socket';
import { storeName, storeSession } from './storage';
import { Tabs } from './tabs';
import { Transforms } from './transforms';
import { WakeLock } from './wakelock';

type Listener = (state: AppState) => void;

/** setTimeout takes no more. */
const TIMEOUT_MAX_MS = 2 ** 31 - 1;

export class Runtime {
  readonly #meeting: string;
  readonly #listeners = new Set<Listener>();
  readonly #queue: CallEvent[] = [];
  readonly #slots = new Slots();
  readonly #meters = new Meters(this.#slots);
  readonly #socket = new Socket((event) => this.dispatch(event));
  readonly #transforms = new Transforms(() => undefined);
  readonly #peer = new Peer((event) => this.dispatch(event), this.#slots, this.#transforms);
  readonly #devices = new Devices((event) => this.dispatch(event));
  readonly #wakeLock = new WakeLock();
  readonly #tabs: Tabs;
  #state: CallState;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isBusy = false;

  constructor(boot: Boot) {
    this.#meeting = boot.meeting?.meeting ?? '';
    this.#tabs = new Tabs(this.#meeting, (event) => this.dispatch(event));
    const first = start(boot, now());
    this.#state = first.state;
    this.#carryOut(first.effects);
    window.addEventListener('online', () => this.dispatch({ type: 'online' }));
    window.addEventListener('pagehide', () => this.dispatch({ type: 'page-hidden' }));
    window.addEventListener('hashchange', () => location.reload()); // another link, another meeting
    void this.#devices.list();
  }

  /** Events wait for each other: an effect may bring the next one about at once. */
  dispatch(event: CallEvent): void {
    this.#queue.push(event);
    if (this.#isBusy) return;
    this.#isBusy = true;
    for (let next = this.#queue.shift(); next; next = this.#queue.shift()) this.#turn(next);
    this.#isBusy = false;
    this.#wait();
  }

  subscribe(listener: Listener): () => void {
    this.#listeners.add(listener);
    listener(this.#state.view);
    return () => this.#listeners.delete(listener);
  }

  port(): ViewPort {
    return {
      send: (event) => this.dispatch(event),
      attachVideo: (source, element) =>
        show(source === 'self' ? this.#devices.picture : this.#slots.stream(source), element),
      microphoneLevel: () => this.#devices.level(),
      slotLevel: (mid) => this.#meters.level(mid),
    };
  }

  #turn(event: CallEvent): void {
    const before = this.#state.view;
    const { state, effects } = step(this.#state, event, now());
    this.#state = state;
    this.#carryOut(effects);
    if (state.view === before) return;
    for (const listener of this.#listeners) listener(state.view);
  }

  #wait(): void {
    clearTimeout(this.#timer);
    const at = deadline(this.#state);
    if (at === Number.POSITIVE_INFINITY) return;
    const length = Math.min(TIMEOUT_MAX_MS, Math.max(0, Math.ceil(at - now())));
    this.#timer = setTimeout(() => this.dispatch({ type: 'tick' }), length);
  }

  #carryOut(effects: readonly Effect[]): void {
    for (const effect of effects) this.#act(effect);
  }

  #act(effect: Effect): void {
    switch (effect.type) {
      case 'open-socket':
        return this.#socket.open();
      case 'close-socket':
        return this.#socket.close();
      case 'drop-socket':
        return this.#socket.drop();
      case 'say':
        return this.#socket.say(effect.message);
      case 'open-peer':
        return this.#peer.open();
      case 'answer-peer':
        return this.#peer.answer(effect.sdp);
      case 'close-peer':
        this.#slots.clear();
        return this.#peer.close();
      case 'attach':
        return this.#peer.attach(effect.source, this.#devices.track(effect.source));
      case 'detach':
        return this.#peer.attach(effect.source, null);
      case 'open-devices':
        return void this.#devices.open(effect.wanted);
      case 'close-device':
        return this.#devices.close(effect.source);
      case 'use-speaker':
        return this.#slots.useSpeaker(effect.id);
      case 'test-speaker':
        return playChime(this.#state.view.devices.speakerId);
      case 'make-meeting':
        return void this.#makeMeeting();
      case 'go':
        return location.assign(effect.to);
      case 'reload':
        return location.reload();
      case 'copy':
        return void this.#copy(effect.text);
      case 'store-name':
        return storeName(effect.name);
      case 'store-session':
        return storeSession(this.#meeting, effect.session);
      case 'hold-page':
        this.#wakeLock.hold(effect.on);
        return this.#tabs.hold(effect.on);
      case 'ask-handover':
        return this.#tabs.ask();
      case 'give-handover':
        return this.#tabs.give(effect.handover);
    }
  }

  /** The secret is made here, after the server has answered, and goes into the link only. */
  async #makeMeeting(): Promise<void> {
    const made = await makeMeeting();
    if ('failure' in made) return this.dispatch({ type: 'meeting-failed', failure: made.failure });
    const secret = base64url(crypto.getRandomValues(new Uint8Array(SECRET_BYTES)));
    const link = composeLink(location.origin, { meeting: made.meeting, secret });
    this.dispatch({ type: 'meeting-made', link });
  }

  async #copy(text: string): Promise<void> {
    try {
      await navigator.clipboard.writeText(text);
      this.dispatch({ type: 'link-copied' });
    } catch {
      // Forbidden by the browser: the link stands on the page, to be copied by hand.
    }
  }
}

function show(stream: MediaStream, element: VideoSurface): () => void {
  element.muted = true; // a picture has no sound; a muted one may always play
  element.playsInline = true;
  element.srcObject = stream;
  void element.play().catch(() => undefined);
  return () => {
    element.srcObject = null;
  };
}
