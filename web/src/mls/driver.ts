// The machine between the page and the group: from the start to the knock, in, and out again. Commands
// are worked off one after the other; effects go through the outlets.

import { base64url } from '../wire/base64';
import { wipe } from '../wire/bytes';
import { encodeAuthority } from '../wire/commit_data';
import type { GroupAct, GroupStart, GroupView } from '../wire/group';
import type {
  ClientMessage,
  Created,
  ErrorCode,
  Restored,
  Waiting,
  Welcome,
} from '../wire/message';

import { Alarms } from './alarms';
import { Entry, KNOCK_AGAIN_MS, type Begun, type Place, type Refusal } from './entry';
import type { Instance } from './group';
import { Member } from './member';
import { Move } from './move';
import type { RestorePlan } from './restore';
import { Seat } from './seat';
import type { DriverCommand, Heard, Outlets } from './outlets';
import { Queue } from './queue';
import { offerReceipts } from './receipt_terms';
import { Secrets } from './secrets';
import { settle, type Setting } from './setting';
import { Timers } from './timers';
import { viewOf } from './view';

/** After these the page tries again by itself; the group stays. */
const PASSING: readonly ErrorCode[] = ['busy', 'server_full', 'internal', 'media_lost'];
/** Who the others are is found out one by one: in a large meeting, the page is shown the sum. */
const SOON_MS = 50;

export class Driver {
  readonly #outlets: Outlets;
  readonly #queue: Queue;
  readonly #timers: Timers;
  readonly #alarms: Alarms;
  #start: GroupStart | null = null;
  #seen: ReadonlyMap<string, number> = new Map();
  #secrets: Secrets | null = null;
  #entry: Entry | null = null;
  #setting: Setting | null = null;
  #begun: Begun | null = null;
  #member: Member | null = null;
  #phase: GroupView['phase'] = 'off';
  readonly #seat = new Seat();
  readonly #move: Move;
  #isChanged = false;
  #isChangeDue = false;
  #cancelKnock: (() => void) | null = null;

  constructor(outlets: Outlets) {
    this.#outlets = outlets;
    this.#queue = new Queue((error) => outlets.onFault?.(error));
    const run = (task: () => Promise<void> | void): void => this.#run(task);
    this.#move = new Move({ outlets, seat: this.#seat, alarms: () => this.#alarms, run });
    this.#timers = new Timers(outlets.clock, run);
    this.#alarms = new Alarms({
      changed: () => this.#changed(),
      sendAgain: () => outlets.emit({ type: 'send-again' }),
      stopForGood: () => this.#member?.stopFrames(),
    });
  }

  command(command: DriverCommand): void {
    this.#run(() => this.#on(command));
  }

  /** All that was asked so far is done, except what waits for a timer or the network. */
  async settled(): Promise<void> {
    while (!this.#queue.isIdle) await this.#queue.drained();
  }

  async #on(command: DriverCommand): Promise<void> {
    if (command.type === 'start') {
      await this.#begin(command);
      return;
    }
    if (this.#phase === 'off' || this.#phase === 'out') return;
    switch (command.type) {
      case 'line':
        await this.#onLine(command.isUp, command.node ?? null);
        break;
      case 'heard':
        await this.#onHeard(command.message);
        break;
      case 'act':
        await this.#act(command.act);
        break;
      case 'undecodable':
        await this.#member?.onUndecodable(command.leaf, command.isSo);
        break;
      case 'stop':
        this.#end('off');
        break;
    }
  }

  async #begin(start: GroupStart): Promise<void> {
    if (this.#phase !== 'off' || this.#start !== null) return; // a worker serves one start
    this.#start = start;
    this.#seen = new Map(start.seen);
    this.#seat.meeting = base64url(start.meeting);
    this.#secrets = await Secrets.of(start.meeting, start.secret);
    wipe(start.secret);
    this.#entry = new Entry(start, this.#outlets, this.#secrets);
    this.#enter('knocking');
    await (this.#seat.isLineUp ? this.#knock() : this.#entry.prepare());
  }

  async #onLine(isUp: boolean, node: string | null): Promise<void> {
    const seat = this.#seat;
    const member = this.#member;
    seat.onLine(isUp, node);
    const resume = member && seat.resume(member.instance.log.size);
    if (!isUp) await member?.onLine(false);
    else if (member && seat.isElsewhere) this.#move.bring(() => this.#restore());
    else if (resume) this.#say(resume);
    else await this.#knock();
  }

  /** What we can bring along. */
  #restore(): Omit<RestorePlan, 'node' | 'now'> | null {
    const sealed = this.#entry?.sealed;
    if (!this.#member || !this.#setting || !sealed) return null;
    return { instance: this.#member.instance, ...this.#setting.place, sealed };
  }

  async #onRestored(message: Restored): Promise<void> {
    const member = this.#member;
    const landing = member && (await this.#move.land(message, member.instance));
    if (landing === 'behind') this.#refuse('behind');
    else if (landing === 'ahead') this.#loseSeat(message.session);
    else if (landing === 'here') await member?.onLine(true);
  }

  async #onHeard(message: Heard): Promise<void> {
    switch (message.type) {
      case 'waiting':
        await this.#onWaiting(message);
        break;
      case 'created':
        await this.#onCreated(message);
        break;
      case 'welcome':
        await this.#onWelcome(message);
        break;
      case 'resumed':
        await this.#member?.onLine(true);
        break;
      case 'restored':
        await this.#onRestored(message);
        break;
      case 'error':
        this.#onError(message.code);
        break;
      case 'refused':
        // Somebody else was first with a group: our leaf went into one that never was.
        if (message.what !== 'create') await this.#member?.on(message);
        else if (this.#begun) await this.#knock();
        break;
      case 'commit':
      case 'message':
      case 'knock':
      case 'knock_gone':
      case 'epoch_ready':
      case 'peers':
      case 'peer':
      case 'gone':
        await this.#member?.on(message);
        break;
      case 'codec': // from here on the page's
      case 'receipts':
      case 'receipt':
      case 'joined':
      case 'slots':
      case 'pong':
      case 'draining':
      case 'moving':
      case 'media_moving':
        break;
    }
  }

  /** Says who we are; again before the KeyPackage is too old. */
  async #knock(): Promise<void> {
    if (!this.#entry) return;
    this.#dropBegun();
    this.#say(await this.#entry.knock(this.#seat.replaced));
    this.#cancelKnock?.();
    this.#cancelKnock = this.#timers.later(KNOCK_AGAIN_MS, async () => {
      if (!this.#member && this.#seat.isLineUp) await this.#knock();
    });
  }

  async #onWaiting(message: Waiting): Promise<void> {
    const entry = this.#entry;
    if (!entry || this.#member) return;
    const told = await entry.place(message);
    if (typeof told === 'string') {
      this.#refuse(told);
      return;
    }
    const setting = this.#settle(told);
    if (!setting || !this.#seat.take(message.session, told.logKey)) {
      this.#refuse('broken');
      return;
    }
    this.#outlets.atNode?.(this.#seat.node);
    if (!(await entry.settleHost(told.policy))) {
      await this.#knock();
      return;
    }
    const isHosted = told.policy.hostKeys.length > 0;
    const mayBegin = !isHosted || entry.authority !== null;
    if (message.group === 'none' && mayBegin) await this.#create(entry, setting);
    const isHostMissing = isHosted && !message.host && told.policy.lobby === 'lobby';
    const isNobodyThere = message.group === 'none' && !mayBegin;
    this.#enter(isHostMissing || isNobodyThere ? 'waiting-for-host' : 'waiting');
  }

  #settle(place: Place): Setting | null {
    if (!this.#start || !this.#secrets) return null;
    if (this.#setting) {
      this.#setting = { ...this.#setting, place }; // at another node: the key of its log
      return this.#setting;
    }
    const onVerdict = (): void => this.#changedSoon();
    this.#setting = settle(place, this.#start, this.#secrets, this.#outlets, onVerdict);
    this.#outlets.policy(place.policy);
    return this.#setting;
  }

  async #create(entry: Entry, { place, people }: Setting): Promise<void> {
    if (this.#begun) return;
    this.#begun = await entry.begin(place, people);
    const { authority } = entry;
    this.#say({
      type: 'create',
      group_info: base64url(this.#begun.groupInfo),
      ...(authority && { authority: base64url(encodeAuthority(authority)) }),
    });
  }

  async #onCreated({ log }: Created): Promise<void> {
    const begun = this.#begun;
    if (!begun) return;
    const isOurs = await begun.instance.log.append(begun.groupInfo, log);
    await this.#join(begun.instance);
    if (!isOurs) this.#alarms.raise('fork');
  }

  #dropBegun(): void {
    if (!this.#begun) return;
    this.#begun.instance.wipe();
    this.#begun = null;
    this.#entry?.renew();
  }

  async #onWelcome(message: Welcome): Promise<void> {
    if (!this.#entry || !this.#setting || this.#member) return;
    this.#enter('joining');
    this.#emitView(); // it takes a while
    const { place, people } = this.#setting;
    const joined = await this.#entry.join(message, place, people);
    if (typeof joined === 'string') this.#refuse(joined);
    else await this.#join(joined);
  }

  async #join(instance: Instance): Promise<void> {
    if (!this.#entry || !this.#setting || !this.#secrets) return;
    const { sealed, authority } = this.#entry;
    const { people, knocks } = this.#setting;
    if (sealed) await people.keep(sealed);
    this.#cancelKnock?.();
    this.#begun = null; // we are in one group, whatever the server says of another
    this.#seat.lost = null;
    knocks.clear();
    this.#member = new Member({
      outlets: this.#outlets,
      instance,
      secrets: this.#secrets,
      setting: this.#setting,
      alarms: this.#alarms,
      authority,
      host: this.#start?.host ?? null,
      seen: this.#seen,
      run: (task) => this.#run(task),
      later: (ms, task) => this.#timers.later(ms, task),
      changed: () => this.#changed(),
      changedSoon: () => this.#changedSoon(),
      onOut: () => this.#end('out'),
    });
    await offerReceipts(instance, this.#setting.place, this.#outlets);
    this.#enter('in');
    await this.#member.begin(() => this.#emitView());
    this.#outlets.emit({ type: 'send-again' });
  }

  async #act(act: GroupAct): Promise<void> {
    if (act.type === 'leave') {
      await this.#member?.talk.say({ type: 'leave' });
      this.#end('out');
      return;
    }
    if (act.type === 'note' && !this.#member) {
      const note = await this.#entry?.note(act.text);
      if (note && this.#seat.session !== null && this.#seat.isLineUp)
        this.#say({ type: 'note', note });
      return;
    }
    await this.#member?.act(act);
  }

  #onError(code: ErrorCode | 'node_refused'): void {
    if (code !== 'node_refused' && PASSING.includes(code)) return;
    if (code === 'session_unknown') this.#loseSeat(this.#seat.session);
    else this.#end('out');
  }

  /** The seat is no more: another leaf, in the place of the one that we had. */
  #loseSeat(session: string | null): void {
    if (this.#member) this.#seat.lost = session;
    this.#member?.wipe();
    this.#member = null;
    this.#entry?.renew();
    this.#enter('knocking');
  }

  #refuse(reason: Refusal): void {
    if (this.#phase === 'off' || this.#phase === 'out') return;
    this.#outlets.emit({ type: 'refused', reason });
    this.#end('out');
  }

  /** Nothing is kept. */
  #end(phase: 'off' | 'out'): void {
    this.#timers.clear();
    if (this.#member) this.#member.wipe();
    else this.#outlets.frames({ type: 'stop' });
    this.#begun?.instance.wipe();
    this.#entry?.wipe();
    this.#secrets?.wipe();
    this.#member = null;
    this.#begun = null;
    this.#entry = null;
    this.#enter(phase);
  }

  #enter(phase: GroupView['phase']): void {
    this.#phase = phase;
    this.#changed();
  }

  #changed(): void {
    this.#isChanged = true;
  }

  #changedSoon(): void {
    if (this.#isChangeDue) return;
    this.#isChangeDue = true;
    this.#timers.later(SOON_MS, () => {
      this.#isChangeDue = false;
      this.#changed();
    });
  }

  #emitView(): void {
    this.#isChanged = false;
    const view = viewOf({
      phase: this.#phase,
      setting: this.#setting,
      member: this.#member,
      seen: this.#seen,
      alarm: this.#alarms.current,
    });
    this.#outlets.emit({ type: 'view', view });
  }

  #say(message: ClientMessage): void {
    this.#outlets.emit({ type: 'say', message });
  }

  #run(task: () => Promise<void> | void): void {
    this.#queue.run(async () => {
      try {
        await task();
      } catch (error) {
        this.#refuse('broken');
        throw error;
      } finally {
        if (this.#isChanged) this.#emitView();
      }
    });
  }
}
