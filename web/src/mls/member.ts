// We are in the group: commits are taken and made, newcomers judged, keys handed on, others listened to.

import { base64url, fromBase64url } from '../wire/base64';
import type { Bytes } from '../wire/bytes';
import { encodeAuthority, type Authority } from '../wire/commit_data';
import type { GroupAct, KeyPair } from '../wire/group';
import { SECRET_BYTES } from '../wire/link';
import type { ClientMessage, Commit, Knocked, ServerMessage } from '../wire/message';
import { hex } from './adapter';
import type { Alarms } from './alarms';
import { Committer } from './committer';
import { meetingCode } from './digest';
import { Epochs } from './epochs';
import type { Instance, Taken } from './group';
import type { Outlets } from './outlets';
import { hostKeyIndex, makeAuthority } from './proof';
import { Seats } from './seats';
import type { Secrets } from './secrets';
import type { Setting } from './setting';
import { Talk } from './talk';
import { Voices } from './voices';

/** What the server says to a member about the group and who is in it. */
type Told = Extract<ServerMessage, { type: AboutGroup | AboutPeople }>;
type AboutGroup = 'commit' | 'message' | 'knock' | 'knock_gone' | 'refused' | 'epoch_ready';
type AboutPeople = 'peers' | 'peer' | 'gone';

export interface MemberConfig {
  readonly outlets: Outlets;
  readonly instance: Instance;
  readonly secrets: Secrets;
  readonly setting: Setting;
  readonly alarms: Alarms;
  readonly authority: Authority | null;
  readonly host: KeyPair | null;
  /** device keys that the page knows already */
  readonly seen: ReadonlyMap<string, number>;
  /** runs a task of the machine's queue, now or later */
  readonly run: (task: () => Promise<void> | void) => void;
  readonly later: (ms: number, task: () => Promise<void> | void) => () => void;
  readonly changed: () => void;
  /** one of many changes that come together */
  readonly changedSoon: () => void;
  /** we are not in the group any more */
  readonly onOut: () => void;
}

export class Member {
  readonly instance: Instance;
  readonly talk: Talk;
  readonly committer: Committer;
  readonly undecodable = new Set<number>();
  authority: Authority | null;
  code: Bytes | null = null;
  isCodeCompared = false;
  newSecret: Bytes | null = null;
  readonly #config: MemberConfig;
  readonly #seats = new Seats();
  readonly #epochs: Epochs;
  readonly #declined = new Set<string>();
  /** signature keys of those who are known, and device keys that the page was told */
  readonly #met = new Set<string>();
  readonly #told = new Set<string>();
  #wake: { readonly at: number; readonly cancel: () => void } | null = null;
  readonly #voices: Voices;
  #isLineReady = true;

  constructor(config: MemberConfig) {
    const { outlets, instance, secrets, alarms, changed } = config;
    this.#config = config;
    this.instance = instance;
    this.authority = config.authority;
    this.#voices = new Voices(outlets.clock.now());
    this.#epochs = new Epochs(outlets, config.later);
    this.talk = new Talk({
      instance,
      secrets,
      outlets,
      onFork: () => alarms.raise('fork'),
      onVoice: (leaf) => this.#voices.heard(leaf, outlets.clock.now()),
      onGrant: (authority) => this.#onGrant(authority),
      onLeave: (leaf) => this.#housekeep(leaf),
      changed,
    });
    this.committer = new Committer({
      instance,
      ...config.setting,
      seats: this.#seats,
      now: outlets.clock.now,
      wake: (ms) => this.#wakeIn(ms),
      say: (message) => this.#say(message),
      authority: () => this.authority,
      tellLink: () => this.talk.tellLink(outlets.random(SECRET_BYTES)),
      onOverdue: (isSo) => alarms.set('withheld-removal', isSo),
    });
  }

  /** The first epoch that we hold. The page asks for transport before anything else is done. */
  async begin(onIn: () => void): Promise<void> {
    await this.#enterEpoch([], true);
    this.#meet();
    onIn();
    await this.tick();
  }

  async on(message: Told): Promise<void> {
    if (this.#config.alarms.isLasting) return;
    switch (message.type) {
      case 'commit':
        await this.#onCommit(message);
        break;
      case 'message':
        await this.talk.onMessage(message.message);
        break;
      case 'knock':
        this.#onKnock(message);
        break;
      case 'knock_gone':
        this.committer.onKnockGone(message.knock);
        this.#config.setting.knocks.gone(message.knock);
        this.#config.changedSoon();
        break;
      case 'refused':
        if (message.what === 'commit') this.committer.onRefused(message);
        this.#config.changed(); // the meeting may be full
        break;
      case 'epoch_ready':
        this.#epochs.onReady(message.epoch);
        break;
      case 'peers':
        this.#seats.onPeers(message.peers, message.complete);
        break;
      case 'peer':
        this.#seats.onPeer(message.peer);
        break;
      case 'gone': {
        const leaf = this.#seats.onGone(message);
        if (leaf !== null) this.#housekeep(leaf);
        break;
      }
    }
    await this.tick();
  }

  /** Ready: the socket is there, and what was missed is being told. */
  async onLine(isReady: boolean): Promise<void> {
    this.#isLineReady = isReady;
    this.committer.onLine(isReady);
    this.#voices.onLine(isReady, this.#config.outlets.clock.now());
    if (isReady) {
      this.#config.setting.knocks.clear(); // told again
      this.#sayReady();
    }
    await this.talk.onLine(isReady);
    await this.tick();
  }

  async act(act: GroupAct): Promise<void> {
    if (this.#config.alarms.forbids(act.type)) return;
    switch (act.type) {
      case 'admit':
        this.committer.admit(act.knocks);
        break;
      case 'decline':
        this.#decline(act.knock, 'declined');
        break;
      case 'remove':
        this.committer.remove(act.leaf, { isBan: act.ban, isOurs: true });
        break;
      case 'lock':
        this.committer.lock(act.on);
        break;
      case 'new-link':
        this.committer.newLink();
        break;
      case 'make-cohost':
        await this.#makeCohost(act.leaf);
        break;
      case 'chat':
        await this.talk.chat(act.text);
        break;
      case 'hand':
        await this.talk.hand(act.up);
        break;
      case 'reaction':
        await this.talk.reaction(act.emoji);
        break;
      case 'rename':
        await this.talk.rename(act.name);
        break;
      case 'code-matches':
        this.isCodeCompared = act.epoch === this.instance.group.epoch;
        this.#config.changed();
        break;
      case 'note': // for those who wait
      case 'leave': // the driver's
        return;
    }
    await this.tick();
  }

  async onUndecodable(leaf: number | null, isSo: boolean): Promise<void> {
    const { alarms, changed } = this.#config;
    if (leaf === null) {
      alarms.set('nobody-decodable', isSo);
      return;
    }
    const isNews = this.undecodable.has(leaf) !== isSo;
    if (isSo) this.undecodable.add(leaf);
    else this.undecodable.delete(leaf);
    if (isNews) changed();
    if (isNews && isSo) await this.talk.say({ type: 'undecodable', leaf });
  }

  /** Whatever is due now; sees to it that it is called again in time. */
  async tick(): Promise<void> {
    const { alarms, outlets } = this.#config;
    if (alarms.isLasting) return;
    const now = outlets.clock.now();
    await this.committer.pump();
    this.#wakeIn((await this.talk.tick()) - now);
    if (this.#isLineReady) this.#listen(now);
  }

  #listen(now: number): void {
    const { alarms } = this.#config;
    const { group } = this.instance;
    const others = group.members().flatMap(({ leaf }) => (leaf === group.ownLeaf ? [] : [leaf]));
    const { quiet, nextAt } = this.#voices.look(others, this.#seats, now);
    if (quiet !== null) alarms.raise(quiet); // before the other ends, lest we send in between
    for (const alarm of ['silence', 'split'] as const) if (alarm !== quiet) alarms.end(alarm);
    if (others.length > 0) this.#wakeIn(nextAt - now);
  }

  stopFrames(): void {
    this.#epochs.stop();
  }

  wipe(): void {
    this.#wake?.cancel();
    this.#epochs.stop();
    this.instance.wipe();
    this.newSecret?.fill(0);
  }

  async #onCommit({ message, log }: Commit): Promise<void> {
    const { alarms, outlets, onOut } = this.#config;
    const bytes = fromBase64url(message) ?? new Uint8Array();
    const verdict = await this.instance.take(bytes, log, outlets.clock.now());
    switch (verdict.type) {
      case 'taken':
        await this.#onTaken(verdict.taken);
        break;
      case 'removed':
        this.#tellRemoved(verdict.removed, verdict.by);
        onOut();
        break;
      case 'fork':
        alarms.raise('fork');
        break;
      case 'invalid':
        alarms.raise('invalid-commit');
        break;
    }
  }

  async #onTaken(taken: Taken): Promise<void> {
    const { removed, added, by, newSecret } = taken;
    this.#voices.heard(by, this.#config.outlets.clock.now());
    for (const leaf of [...removed, ...added]) {
      this.undecodable.delete(leaf);
      this.#voices.forget(leaf);
    }
    if (removed.length + added.length > 0) this.isCodeCompared = false;
    await this.#enterEpoch(added, removed.length > 0);
    if (newSecret) this.newSecret = newSecret;
    this.#tellRemoved(removed, by);
    this.committer.onTaken(taken);
    await this.talk.onTaken(removed, added);
    this.#declineByRule();
    this.#meet();
  }

  async #enterEpoch(added: readonly number[], isUrgent: boolean): Promise<void> {
    const { group, policy } = this.instance;
    await this.#epochs.enter(group, policy, added, isUrgent);
    this.code = await meetingCode(group.epochAuthenticator());
    this.#sayReady();
    this.#config.changed();
  }

  #sayReady(): void {
    if (this.#isLineReady) this.#say({ type: 'ready', epoch: this.instance.group.epoch });
  }

  /** Who is here is asked for beside the queue; the page is told of devices that it has not met. */
  #meet(): void {
    const { setting, changedSoon } = this.#config;
    const { group } = this.instance;
    for (const member of group.members()) {
      const key = hex(member.signatureKey);
      if (this.#met.has(key)) continue;
      void setting.people.identify(member).then((known) => {
        if (known.kind === 'open') this.#met.add(key);
        if (member.leaf !== group.ownLeaf) this.#tellSeen(known.deviceKey);
        changedSoon();
      });
    }
  }

  #tellSeen(deviceKey: Uint8Array | null): void {
    const { outlets, seen } = this.#config;
    const key = deviceKey && base64url(deviceKey);
    if (key === null || seen.has(key) || this.#told.has(key)) return;
    this.#told.add(key);
    outlets.emit({ type: 'seen', deviceKey: key });
  }

  #onKnock(message: Knocked): void {
    const { setting, run, changedSoon } = this.#config;
    void setting.knocks.open(message, this.instance).then((isNew) => {
      if (!isNew) return;
      run(async () => {
        this.#declineByRule();
        changedSoon();
        await this.tick();
      });
    });
  }

  /** Nobody has to be asked about an old link, or somebody banned. */
  #declineByRule(): void {
    const { knocks } = this.#config.setting;
    if (this.instance.isHosted && this.authority === null) return;
    for (const knock of knocks.all()) {
      const kind = knocks.kindOf(knock, this.instance);
      if (kind === 'old-link') this.#decline(knock.id, 'link_expired');
      if (kind === 'banned') this.#decline(knock.id, 'declined');
    }
  }

  #decline(knock: string, reason: 'declined' | 'link_expired'): void {
    if (this.#declined.has(knock)) return;
    this.#declined.add(knock);
    this.#say({ type: 'decline', knock, reason });
  }

  #housekeep(leaf: number): void {
    this.committer.remove(leaf, { isBan: false, isOurs: false });
  }

  async #makeCohost(leaf: number): Promise<void> {
    const { host, secrets } = this.#config;
    const { hostKeys } = this.instance.policy;
    const member = this.instance.member(leaf);
    const index = host && (await hostKeyIndex(hostKeys, host.publicKey as CryptoKey));
    if (!host || !member || index === null) return; // a co-host cannot make another one
    const { signatureKey: key } = member;
    const proof = { meeting: secrets.meeting, key };
    const authority = await makeAuthority(host.privateKey as CryptoKey, index, proof);
    await this.instance.show(key, authority);
    await this.talk.grant(key, authority);
    this.#config.changed();
  }

  #onGrant(authority: Authority): void {
    this.authority = authority;
    this.#say({ type: 'authority', authority: base64url(encodeAuthority(authority)) });
    this.#config.changed();
  }

  #tellRemoved(removed: readonly number[], by: number): void {
    for (const leaf of removed) this.#config.outlets.emit({ type: 'removed-by', leaf, by });
  }

  #say(message: ClientMessage): void {
    this.#config.outlets.emit({ type: 'say', message });
  }

  #wakeIn(ms: number): void {
    const at = this.#config.outlets.clock.now() + Math.max(0, ms);
    if (this.#wake !== null && this.#wake.at <= at) return;
    this.#wake?.cancel();
    const cancel = this.#config.later(Math.max(0, ms), () => {
      this.#wake = null;
      return this.tick();
    });
    this.#wake = { at, cancel };
  }
}
