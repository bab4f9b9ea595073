// The machine between the page and the group: from the start to the knock, in, and out again. Commands
// are worked off one after the other; effects go through the outlets.

import { base64url } from '../wire/base64';
import { areEqual, wipe } from '../wire/bytes';
import { encodeAuthority } from '../wire/commit_data';
import type { GroupAct, GroupStart, GroupView } from '../wire/group';
import type { ClientMessage, Created, ErrorCode, Waiting, Welcome } from '../wire/message';
import { Alarms } from './alarms';
import { Entry, KNOCK_AGAIN_MS, type Begun, type Place, type Refusal } from './entry';
import type { Instance } from './group';
import { Member } from './member';
import type { DriverCommand, Heard, Outlets } from './outlets';
import { Queue } from './queue';
import { offerReceipts } from './receipt_terms';
import { Secrets } from './secrets';
import { settle, type Setting } from './setting';
import { composeView } from './view';

/** After these the page tries again by itself; the group stays. */
const PASSING: readonly ErrorCode[] = ['busy', 'server_full', 'internal', 'media_lost'];
/** Who the others are is found out one by one: in a large meeting, the page is shown the sum. */
const SOON_MS = 50;

export class Driver {
  readonly #outlets: Outlets;
  readonly #queue: Queue;
  readonly #timers = new Set<() => void>();
  readonly #alarms: Alarms;
  #start: GroupStart | null = null;
  #seen: ReadonlyMap<string, number> = new Map();
  #secrets: Secrets | null = null;
  #entry: Entry | null = null;
  #setting: Setting | null = null;
  #begun: Begun | null = null;
  #member: Member | null = null;
  #phase: GroupView['phase'] = 'off';
  #session: string | null = null;
  #sessionLine = 0; // the socket on which it was told
  /** the session of a seat that we had in the group and lost */
  #lostSeat: string | null = null;
  #line = 0;
  #isLineUp = false;
  #isChanged = false;
  #isChangeDue = false;
  #cancelKnock: (() => void) | null = null;

  constructor(outlets: Outlets) {
    this.#outlets = outlets;
    this.#queue = new Queue((error) => outlets.onFault?.(error));
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
        await this.#onLine(command.isUp);
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
    this.#secrets = await Secrets.of(start.meeting, start.secret);
    wipe(start.secret);
    this.#entry = new Entry(start, this.#outlets, this.#secrets);
    this.#enter('knocking');
    await (this.#isLineUp ? this.#knock() : this.#entry.prepare());
  }

  async #onLine(isUp: boolean): Promise<void> {
    this.#isLineUp = isUp;
    if (isUp) this.#line++;
    if (!isUp) await this.#member?.onLine(false);
    else if (this.#member && this.#start && this.#session !== null) {
      this.#say({
        type: 'resume',
        version: 2,
        meeting: base64url(this.#start.meeting),
        session: this.#session,
        log_size: this.#member.instance.log.size,
      });
    } else {
      await this.#knock();
    }
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
        break;
    }
  }

  /** Says who we are; again before the KeyPackage is too old. */
  async #knock(): Promise<void> {
    if (!this.#entry) return;
    this.#dropBegun();
    // On one socket a second knock takes the place of the first by itself.
    const before = this.#sessionLine === this.#line ? null : this.#session;
    this.#say(await this.#entry.knock(this.#lostSeat ?? before));
    this.#cancelKnock?.();
    this.#cancelKnock = this.#later(KNOCK_AGAIN_MS, async () => {
      if (!this.#member && this.#isLineUp) await this.#knock();
    });
  }

  async #onWaiting(message: Waiting): Promise<void> {
    const entry = this.#entry;
    if (!entry || this.#member) return;
    this.#session = message.session;
    this.#sessionLine = this.#line;
    const told = await entry.place(message);
    if (typeof told === 'string') {
      this.#refuse(told);
      return;
    }
    const setting = this.#settle(told);
    // Another key in the middle would be the way to show us another log.
    if (!setting || !areEqual(setting.place.logKey.publicKey, told.logKey.publicKey)) {
      this.#refuse('broken');
      return;
    }
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
    if (this.#setting) return this.#setting;
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
    this.#lostSeat = null;
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
      later: (ms, task) => this.#later(ms, task),
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
      if (note && this.#session !== null && this.#isLineUp) this.#say({ type: 'note', note });
      return;
    }
    await this.#member?.act(act);
  }

  #onError(code: ErrorCode | 'node_refused'): void {
    if (code !== 'node_refused' && PASSING.includes(code)) return;
    if (code !== 'session_unknown') {
      this.#end('out');
      return;
    }
    // The seat is no more: another leaf, in the place of the one that we had.
    if (this.#member) this.#lostSeat = this.#session;
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
    for (const cancel of this.#timers) cancel();
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
    this.#later(SOON_MS, () => {
      this.#isChangeDue = false;
      this.#changed();
    });
  }

  #emitView(): void {
    this.#isChanged = false;
    const member = this.#member;
    const view = composeView({
      phase: this.#phase,
      policy: this.#setting?.place.policy ?? null,
      instance: member?.instance ?? null,
      people: this.#setting?.people ?? null,
      knocks: this.#setting?.knocks ?? null,
      talk: member?.talk ?? null,
      seen: this.#seen,
      undecodable: member?.undecodable ?? new Set(),
      hasAuthority: (member?.authority ?? null) !== null,
      code: member?.code ?? null,
      isCodeCompared: member?.isCodeCompared ?? false,
      isFull: member?.committer.isFull ?? false,
      alarm: this.#alarms.current,
      newSecret: member?.newSecret?.slice() ?? null,
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

  #later(ms: number, task: () => Promise<void> | void): () => void {
    const stop = this.#outlets.clock.after(ms, () => {
      this.#timers.delete(cancel);
      this.#run(task);
    });
    const cancel = (): void => {
      this.#timers.delete(cancel);
      stop();
    };
    this.#timers.add(cancel);
    return cancel;
  }
}
