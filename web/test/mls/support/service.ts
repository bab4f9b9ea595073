// A delivery service in memory: one meeting, ordered commits, a log, blobs. It keeps the rules of
// docs/protocol/signalling.md as far as the driver meets them, and lies when a test tells it to.

import { base64url, fromBase64url } from '../../../src/wire/base64';
import { decodeCommitData } from '../../../src/wire/commit_data';
import type {
  ClientMessage,
  CommitMade,
  Knock,
  Restore,
  ServerMessage,
} from '../../../src/wire/message';
import { encodePolicy, type Policy } from '../../../src/wire/policy';
import { EMPTY } from '../../../src/verify/merkle';
import { hex, readCommit, readKeyPackage } from '../../../src/mls/adapter';
import { sha256 } from '../../../src/mls/digest';
import { decode } from './attacker';
import { LogKeeper } from './note_key';
import { PublicTree } from './public_tree';
import { readRestore, type Brought } from './brought';
import { isAuthority, peerOf, seatsOf, token, type Line, type Seat } from './seat';

export type { Line } from './seat';

export class Service {
  readonly policy: Policy;
  readonly policyText: string;
  readonly keeper: LogKeeper;
  readonly blobs = new Map<string, Uint8Array>();
  readonly seats: Seat[] = [];
  tree: PublicTree | null = null;
  epoch = 0;
  /** a lie: what is delivered in place of a message, or nothing */
  lie: (to: Line, message: ServerMessage) => ServerMessage | null = (_, message) => message;
  /** a lie: what becomes of a commit */
  onCommit: (seat: Line, message: CommitMade) => 'take' | 'swallow' = () => 'take';
  /** what was refused, for tests of races */
  readonly refusals: string[] = [];
  commits = 0;

  private constructor(policy: Policy, keeper: LogKeeper) {
    this.policy = policy;
    this.policyText = base64url(encodePolicy(policy));
    this.keeper = keeper;
  }

  static async of(policy: Policy, hostName: string): Promise<Service> {
    return new Service(policy, await LogKeeper.of(hostName));
  }

  fetchBlob = (hash: string): Promise<Uint8Array | null> =>
    Promise.resolve(this.blobs.get(hash) ?? null);

  async hear(line: Line, message: ClientMessage): Promise<void> {
    if (message.type === 'knock') return this.#onKnock(line, message);
    if (message.type === 'restore') return this.#onRestore(line, message);
    if (message.type === 'resume') return this.#onResume(line, message.session, message.log_size);
    const seat = this.seats.find((each) => each.line === line);
    if (!seat) return;
    switch (message.type) {
      case 'ping':
      case 'join':
      case 'media':
      case 'note':
      case 'receipt_end':
      case 'receipt_ids':
        return;
      case 'authority':
        seat.hasAuthority = await isAuthority(this.policy, message.authority, seat.signatureKey);
        this.#tellKnocks(seat);
        return;
      case 'create':
        await this.#onCreate(seat, message.group_info);
        return;
      case 'commit':
        if (this.onCommit(line, message) === 'take') await this.#onCommit(seat, message);
        return;
      case 'message':
        for (const other of this.#members()) {
          if (other !== seat) this.#send(other, { type: 'message', message: message.message });
        }
        return;
      case 'decline':
        this.#onDecline(message.knock, message.reason);
        return;
      case 'ready':
        seat.ready = message.epoch;
        if (this.#members().every(({ line: at, ready }) => at === null || ready >= this.epoch)) {
          for (const each of this.#members()) {
            this.#send(each, { type: 'epoch_ready', epoch: this.epoch });
          }
        }
        return;
      case 'leave':
        this.#gone(seat, 'left');
    }
  }

  /** The socket went. */
  lose(line: Line): void {
    const seat = this.seats.find((each) => each.line === line);
    if (!seat) return;
    seat.line = null;
    if (seat.leaf === null) this.#drop(seat);
    else this.#tellPeer(seat);
  }

  /** 30 s later: the seat is given up. */
  expire(session: string): void {
    const seat = this.seats.find((each) => each.session === session);
    if (seat && seat.line === null) this.#gone(seat, 'lost');
  }

  /** A seat that cannot be resumed, whose leaf is still there. */
  forget(session: string): void {
    const seat = this.seats.find((each) => each.session === session);
    if (seat) seat.isForgotten = true;
  }

  sessionOf(line: Line): string {
    return this.seats.find((each) => each.line === line)?.session ?? '';
  }

  async #onKnock(line: Line, message: Knock): Promise<void> {
    const keyPackage = await readKeyPackage(fromBase64url(message.key_package) ?? new Uint8Array());
    if (!keyPackage) throw new Error('a KeyPackage that cannot be read');
    const identity = fromBase64url(message.identity) ?? new Uint8Array();
    const hash = base64url(await sha256(identity));
    this.blobs.set(hash, identity);
    const signatureKey = hex(keyPackage.leaf.signatureKey);
    const first = this.seats.find((each) => each.line === line && each.leaf === null);
    if (first) this.#drop(first);
    const old = this.seats.find(({ session }) => session === message.replaces);
    if (old && old.leaf === null) this.#drop(old);
    const seat: Seat = {
      session: token(),
      knock: token(),
      keyPackage: message.key_package,
      signatureKey,
      identity: hash,
      note: message.note ?? null,
      replaces: old?.leaf ?? null,
      hasAuthority:
        message.authority !== undefined &&
        (await isAuthority(this.policy, message.authority, signatureKey)),
      leaf: null,
      line,
      isGone: false,
      isForgotten: false,
      ready: -1,
    };
    this.seats.push(seat);
    this.#tellWaiting(seat);
    for (const member of this.#members()) this.#tellKnock(member, seat);
  }

  #tellWaiting(seat: Seat): void {
    this.#send(seat, {
      type: 'waiting',
      session: seat.session,
      knock: seat.knock,
      policy: this.policyText,
      group: this.tree ? 'running' : 'none',
      host: this.#members().some((each) => each.hasAuthority && each.line !== null),
      log_key: this.keeper.verifier,
    });
  }

  #tellKnocks(to: Seat): void {
    for (const seat of this.#waiting()) this.#tellKnock(to, seat);
  }

  #tellKnock(to: Seat, seat: Seat): void {
    const isLobby = this.policy.hostKeys.length > 0 && this.policy.lobby === 'lobby';
    if (isLobby && !to.hasAuthority && seat.replaces === null && !seat.hasAuthority) return;
    this.#send(to, {
      type: 'knock',
      knock: seat.knock,
      key_package: seat.keyPackage,
      identity: seat.identity,
      ...(seat.note !== null && { note: seat.note }),
      ...(seat.replaces !== null && { replaces: seat.replaces }),
    });
  }

  async #onCreate(seat: Seat, text: string): Promise<void> {
    if (this.tree) {
      this.refusals.push('create');
      this.#send(seat, { type: 'refused', what: 'create', reason: 'epoch' });
      return;
    }
    const groupInfo = fromBase64url(text) ?? new Uint8Array();
    const message = decode(groupInfo);
    if (message.wireformat !== 'mls_group_info') throw new Error('no GroupInfo');
    this.tree = PublicTree.begin(groupInfo);
    this.epoch = 0;
    this.keeper.begin(message.groupInfo.groupContext.groupId);
    const log = await this.keeper.append(groupInfo);
    seat.leaf = 0;
    this.#send(seat, { type: 'created', log });
    this.#tellPeers(seat);
    this.#tellKnocks(seat);
    for (const waiting of this.#waiting()) this.#tellWaiting(waiting);
    for (const waiting of this.#waiting()) this.#tellKnock(seat, waiting);
  }

  async #onCommit(seat: Seat, message: CommitMade): Promise<void> {
    const bytes = fromBase64url(message.message) ?? new Uint8Array();
    const commit = readCommit(bytes);
    if (!commit || !this.tree) return this.#refuse(seat, 'invalid');
    const { facts } = commit;
    if (facts.epoch !== BigInt(this.epoch)) return this.#refuse(seat, 'epoch');
    const adds = facts.proposals.flatMap((each) =>
      each.kind === 'add' ? [hex(each.keyPackage.leaf.signatureKey)] : [],
    );
    const removes = facts.proposals.flatMap((each) => (each.kind === 'remove' ? [each.leaf] : []));
    const joining = adds.map((key) => this.#waiting().find((each) => each.signatureKey === key));
    if (facts.sender !== seat.leaf) return this.#refuse(seat, 'invalid');
    const isHost = (decodeCommitData(facts.data)?.authority ?? null) !== null;
    const mayRemove = (leaf: number): boolean =>
      isHost || joining.some((each) => each?.replaces === leaf) || this.#isGone(leaf);
    if (!removes.every(mayRemove)) return this.#refuse(seat, 'not_allowed');
    if (joining.includes(undefined)) return this.#refuse(seat, 'not_allowed');

    const before = this.keeper.frontier;
    const log = await this.keeper.append(bytes);
    const leaves = await this.tree.apply(bytes);
    const tree = this.tree.encoded();
    const treeHash = base64url(await sha256(tree));
    this.blobs.set(treeHash, tree);
    this.epoch++;
    this.commits++;
    for (const member of this.#members()) {
      this.#send(member, { type: 'commit', message: message.message, log });
    }
    for (const leaf of removes) {
      const out = this.#members().find((each) => each.leaf === leaf);
      if (!out) continue;
      this.#send(out, { type: 'error', code: 'removed', fatal: true });
      this.seats.splice(this.seats.indexOf(out), 1);
    }
    for (const [index, each] of joining.entries()) {
      if (!each || message.welcome === undefined) continue;
      each.leaf = leaves[index] ?? null;
      this.#tellKnockGone(each);
      this.#send(each, {
        type: 'welcome',
        welcome: message.welcome,
        commit: message.message,
        tree: treeHash,
        log: {
          size: before.size,
          frontier: before.hashes.map((hash) => base64url(hash)),
          checkpoint: log.checkpoint,
        },
      });
      this.#tellPeers(each);
    }
    for (const each of joining) if (each) this.#tellPeer(each);
    for (const each of joining) if (each?.hasAuthority) this.#tellKnocks(each);
  }

  async #onResume(line: Line, session: string, logSize: number): Promise<void> {
    const seat = this.seats.find(
      (each) => each.session === session && !each.isGone && !each.isForgotten,
    );
    if (!seat || seat.leaf === null) {
      line.send({ type: 'error', code: 'session_unknown', fatal: true });
      return;
    }
    seat.line = line;
    const { leaf, session: peer } = seat;
    this.#send(seat, { type: 'resumed', peer, leaf, is_in_worker: true });
    const replay = this.keeper.fork();
    replay.frontier = EMPTY;
    for (const [index, entry] of this.keeper.entries.entries()) {
      const log = await replay.append(entry);
      if (index >= logSize) {
        this.#send(seat, { type: 'commit', message: base64url(entry), log });
      }
    }
    this.#tellPeers(seat);
    this.#tellPeer(seat);
    this.#tellKnocks(seat);
  }

  /** As docs/protocol/signalling.md 4.4 has it, but for the moment that it grants to a higher epoch. */
  async #onRestore(line: Line, message: Restore): Promise<void> {
    const brought = await readRestore(message, this.keeper.name);
    if (!this.tree) this.#begin(brought);
    const key = brought.keys.get(brought.signer) ?? '';
    const seat = this.#members().find(
      ({ leaf, signatureKey }) => leaf === brought.signer && signatureKey === key,
    );
    if (!seat) return line.send({ type: 'error', code: 'session_unknown', fatal: true });
    seat.line = line;
    const identity = fromBase64url(message.identity) ?? new Uint8Array();
    this.blobs.set(base64url(await sha256(identity)), identity);
    if (message.witness !== undefined) {
      const witness = this.#members().find(({ leaf }) => leaf === message.witness);
      if (witness) witness.hasAuthority = true;
    }
    this.#send(seat, {
      type: 'restored',
      session: seat.session,
      peer: seat.session,
      leaf: brought.signer,
      epoch: this.epoch,
      log_key: this.keeper.verifier,
      log: await this.keeper.head(this.keeper.frontier),
    });
    this.#tellPeers(seat);
    this.#tellPeer(seat);
    this.#tellKnocks(seat);
  }

  #begin(brought: Brought): void {
    this.tree = PublicTree.begin(brought.groupInfo);
    this.epoch = brought.epoch;
    this.keeper.begin(brought.groupId);
    this.keeper.frontier = brought.frontier;
    this.seats.push(...seatsOf(brought));
  }

  #onDecline(knock: string, reason: 'declined' | 'link_expired'): void {
    const seat = this.#waiting().find((each) => each.knock === knock);
    if (!seat) return;
    this.#send(seat, { type: 'error', code: reason, fatal: true });
    this.#drop(seat);
  }

  #drop(seat: Seat): void {
    this.#tellKnockGone(seat);
    this.seats.splice(this.seats.indexOf(seat), 1);
  }

  #tellKnockGone({ knock }: Seat): void {
    for (const member of this.#members()) this.#send(member, { type: 'knock_gone', knock });
  }

  #gone(seat: Seat, reason: 'left' | 'lost'): void {
    seat.line = null;
    seat.isGone = true;
    if (seat.leaf === null) {
      this.#drop(seat);
      return;
    }
    for (const member of this.#members()) {
      this.#send(member, { type: 'gone', peer: seat.session, reason });
    }
    if (this.#members().every(({ isGone }) => isGone)) this.#endGroup();
  }

  /** The last one left: the meeting stays, its group does not. */
  #endGroup(): void {
    this.tree = null;
    for (const seat of this.#members()) this.seats.splice(this.seats.indexOf(seat), 1);
    for (const seat of this.#waiting()) this.#tellWaiting(seat);
  }

  #isGone(leaf: number): boolean {
    return this.#members().some((each) => each.leaf === leaf && each.isGone);
  }

  #tellPeers(to: Seat): void {
    const peers = this.#members().map((each) => peerOf(each));
    this.#send(to, { type: 'peers', peers, complete: true });
  }

  #tellPeer(about: Seat): void {
    for (const member of this.#members()) {
      this.#send(member, { type: 'peer', peer: peerOf(about) });
    }
  }

  #members(): Seat[] {
    return this.seats.filter(({ leaf }) => leaf !== null);
  }

  #waiting(): Seat[] {
    return this.seats.filter(({ leaf }) => leaf === null);
  }

  #refuse(seat: Seat, reason: 'epoch' | 'invalid' | 'not_allowed'): void {
    this.refusals.push(reason);
    this.#send(seat, { type: 'refused', what: 'commit', reason });
  }

  #send({ line }: Seat, message: ServerMessage): void {
    if (line === null) return;
    const told = this.lie(line, message);
    if (told !== null) line.send(told);
  }
}
