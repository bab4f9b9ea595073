// The loop: an event comes in, step() says what follows, the effects are carried out, and one timer
// waits for the next deadline. Everything in this folder meets here and nowhere else.

import { deadline, start, step } from '../call/call';
import type { CallEvent, Effect } from '../call/event';
import type { AppState, VideoSurface, ViewPort } from '../call/model';
import type { Boot, CallState } from '../call/state';
import type { GroupStart } from '../wire/group';
import type { Link } from '../wire/link';
import { loadDirectoryNotice, loadIssuers } from './api';
import { playChime } from './chime';
import { now } from './clock';
import { Devices } from './devices';
import { openKeys } from './keys';
import { policyOfLink } from './link_policy';
import { makeMeeting, type MeetingWish } from './make_meeting';
import { loadTerms } from './terms';
import { Meters } from './meters';
import { Room } from './room';
import { saveFile } from './save_file';
import { rememberSeen } from './seen';
import { rememberOperator } from './seen_operators';
import { Signer } from './signer';
import { otherSet } from '../call/slot_key';
import { Slots } from './slots';
import { Socket } from './socket';
import { prepareStart } from './start';
import { storeName, storeSession } from './storage';
import { Tabs } from './tabs';
import { WakeLock } from './wakelock';

type Listener = (state: AppState) => void;

/** What is carried out without the room. */
type PageEffect = Exclude<
  Effect,
  {
    type:
      | 'open-socket'
      | 'close-socket'
      | 'drop-socket'
      | 'say'
      | 'open-peer'
      | 'drop-old-peer'
      | 'take-back-peer'
      | 'cut-old-peer'
      | 'answer-peer'
      | 'use-codec'
      | 'close-peer'
      | 'retire-peer'
      | 'attach'
      | 'detach'
      | 'start-group'
      | 'tell-group'
      | 'stop-group';
  }
>;

/** setTimeout takes no more. */
const TIMEOUT_MAX_MS = 2 ** 31 - 1;

export class Runtime {
  readonly #meeting: string;
  readonly #listeners = new Set<Listener>();
  readonly #queue: CallEvent[] = [];
  readonly #slots = new Slots();
  readonly #meters = new Meters(this.#slots);
  readonly #socket = new Socket((event) => this.dispatch(event));
  readonly #signer = new Signer((event) => this.dispatch(event));
  readonly #devices = new Devices((event) => this.dispatch(event));
  readonly #wakeLock = new WakeLock();
  readonly #tabs: Tabs;
  readonly #keys = openKeys();
  #room: Room | null = null;
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
    window.addEventListener('offline', () => this.dispatch({ type: 'offline' }));
    window.addEventListener('pagehide', () => this.dispatch({ type: 'page-hidden' }));
    window.addEventListener('hashchange', () => location.reload()); // another link, another meeting
    void this.#devices.list();
    if (!boot.meeting) return;
    void this.#askIssuers();
    void this.#askPolicy(boot.meeting);
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
      directory: loadDirectoryNotice,
      distance: () => this.#room?.distance.evidence() ?? Promise.resolve(null),
      receipts: () => this.#room?.group.receipts ?? null,
      saveEvidence: () => this.#saveEvidence(),
    };
  }

  async #saveEvidence(): Promise<boolean> {
    const file = await this.#room?.group.evidence();
    if (file) saveFile('evidence.tar', 'application/x-tar', file);
    return file !== null && file !== undefined;
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
        return this.#socket.open(effect.node);
      case 'close-socket':
        return this.#socket.close();
      case 'drop-socket':
        return this.#socket.drop();
      case 'say':
        return this.#socket.say(effect.message);
      case 'open-peer':
        if (!effect.keepsOld) this.#slots.clear(otherSet(effect.set));
        return this.#room?.peer.open(effect.set, effect.keepsOld);
      case 'drop-old-peer':
        this.#slots.clear(effect.set);
        return this.#room?.peer.closeRetired();
      case 'take-back-peer':
        this.#slots.clear(effect.set);
        return this.#room?.peer.takeBack();
      case 'cut-old-peer':
        return this.#room?.peer.cutOld(effect.source);
      case 'answer-peer':
        return this.#room?.peer.answer(effect.sdp);
      case 'use-codec':
        return this.#room?.peer.useCodec(effect.codec);
      case 'close-peer':
        this.#slots.clear();
        return this.#room?.peer.close();
      case 'retire-peer':
        this.#slots.clear();
        return this.#room?.peer.retire();
      case 'attach':
        return this.#room?.peer.attach(effect.source, this.#devices.track(effect.source));
      case 'detach':
        return this.#room?.peer.attach(effect.source, null);
      case 'start-group':
        return this.#enter(effect.name, effect.isAnother);
      case 'tell-group':
        return this.#room?.tell(effect.command);
      case 'stop-group':
        return this.#room?.leave();
      case 'ask-handover':
      case 'ask-places':
      case 'chime':
      case 'close-device':
      case 'copy':
      case 'give-handover':
      case 'go':
      case 'hold-page':
      case 'make-meeting':
      case 'open-devices':
      case 'reload':
      case 'remember':
      case 'remember-operator':
      case 'replace-address':
      case 'sign-in':
      case 'sign-out':
      case 'store-name':
      case 'store-session':
      case 'test-speaker':
      case 'use-speaker':
        return this.#actOnPage(effect);
    }
  }

  #actOnPage(effect: PageEffect): void {
    switch (effect.type) {
      case 'open-devices':
        this.#openRoom(); // the browser asks the person meanwhile
        return void this.#devices.open(effect.wanted);
      case 'close-device':
        return this.#devices.close(effect.source);
      case 'use-speaker':
        return this.#slots.useSpeaker(effect.id);
      case 'test-speaker':
      case 'chime':
        return playChime(this.#state.view.devices.speakerId);
      case 'remember':
        return rememberSeen(effect.deviceKey, now());
      case 'remember-operator':
        return rememberOperator(effect.seen);
      case 'sign-in':
        return void this.#signer.signIn(effect.issuer);
      case 'sign-out':
        return this.#signer.signOut();
      case 'make-meeting':
        return void this.#makeMeeting(effect);
      case 'ask-places':
        return void this.#askPlaces();
      case 'go':
        return location.assign(effect.to);
      case 'reload':
        return location.reload();
      case 'replace-address':
        return history.replaceState(null, '', effect.link);
      case 'copy':
        return void this.#copy(effect.text, effect.which);
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

  #enter(name: string, isAnother: boolean): void {
    const { meeting } = this.#state;
    if (!meeting) return;
    const signed = this.#signer.take();
    const prepare = async (): Promise<GroupStart> =>
      prepareStart(await this.#keys, { meeting, name, isAnother, signed });
    this.#openRoom().enter(prepare);
  }

  #openRoom(): Room {
    return (this.#room ??= new Room((event) => this.dispatch(event), this.#slots));
  }

  async #askIssuers(): Promise<void> {
    const issuers = await loadIssuers();
    this.#signer.useIssuers(issuers);
    if (issuers.length > 0) this.dispatch({ type: 'issuers', issuers });
  }

  async #askPolicy(link: Link): Promise<void> {
    const policy = await policyOfLink(link);
    if (policy) this.dispatch({ type: 'policy-known', countries: policy.countries });
  }

  async #askPlaces(): Promise<void> {
    try {
      const loaded = await loadTerms();
      if ('failure' in loaded) this.dispatch({ type: 'meeting-failed', ...loaded });
      else this.dispatch({ type: 'places', places: loaded.places });
    } catch {
      this.dispatch({ type: 'meeting-failed', failure: 'internal' }); // a part of the page did not arrive
    }
  }

  async #makeMeeting(wish: MeetingWish): Promise<void> {
    try {
      const made = await makeMeeting(await this.#keys, wish);
      if ('failure' in made) this.dispatch({ type: 'meeting-failed', ...made });
      else this.dispatch({ type: 'meeting-made', ...made });
    } catch {
      this.dispatch({ type: 'meeting-failed', failure: 'internal' }); // this browser makes no such keys
    }
  }

  async #copy(text: string, which: 'link' | 'host-link'): Promise<void> {
    try {
      await navigator.clipboard.writeText(text);
      this.dispatch({ type: 'link-copied', which });
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
