// Our own way in: a leaf key and a sealed identity, the knock, the policy of the answer, and either a
// group that we begin or a Welcome that we are given.

import { base64url, fromBase64url } from '../wire/base64';
import { areEqual, type Bytes } from '../wire/bytes';
import { encodeAuthority, type Authority } from '../wire/commit_data';
import type { GroupStart } from '../wire/group';
import { decodeIcState } from '../wire/ic_state';
import type { Identity } from '../wire/identity';
import type { Knock, Waiting, Welcome } from '../wire/message';
import { decodePolicy, type Policy } from '../wire/policy';
import { readVerifierKey, type VerifierKey } from '../verify/note';
import {
  Group,
  makeCredential,
  makeKeyPackage,
  makeSignatureKey,
  wipeKeyPackage,
  type OwnKeyPackage,
  type SignatureKey,
} from './adapter';
import { groupId, policyHash, sha256 } from './digest';
import { Instance } from './group';
import { CommitLog } from './log';
import type { Outlets } from './outlets';
import type { People } from './people';
import { hostKeyIndex, makeAuthority, rawKey, signDevice } from './proof';
import { sealIdentity, sealNote } from './seal';
import type { Secrets } from './secrets';

const NONCE_BYTES = 16;
/** A KeyPackage holds for 9 min; whoever waits longer knocks again before that. */
export const KNOCK_AGAIN_MS = 8 * 60_000;

export interface Place {
  readonly policy: Policy;
  readonly policyBytes: Bytes;
  readonly logKey: VerifierKey;
}

export type Refusal = 'wrong-policy' | 'fake-meeting' | 'behind' | 'broken';

/** A group of our own that the server has not accepted yet. */
export interface Begun {
  readonly instance: Instance;
  readonly groupInfo: Uint8Array;
}

export class Entry {
  readonly #start: GroupStart;
  readonly #outlets: Outlets;
  readonly #secrets: Secrets;
  #key: SignatureKey | null = null;
  #sealed: Bytes | null = null;
  #identityHash: Bytes | null = null;
  #authority: Authority | null = null;
  #hostIndex: number | null;
  /** newest first: a Welcome may still be for the one before */
  #packages: OwnKeyPackage[] = [];
  #note: string | null = null;

  constructor(start: GroupStart, outlets: Outlets, secrets: Secrets) {
    this.#start = start;
    this.#outlets = outlets;
    this.#secrets = secrets;
    // Which of the policy's host keys ours is becomes known with the policy; there is hardly ever a second.
    this.#hostIndex = start.host === null ? null : 0;
  }

  get authority(): Authority | null {
    return this.#authority;
  }
  get leafKey(): Uint8Array {
    if (this.#key === null) throw new Error('no leaf key yet');
    return this.#key.public;
  }
  get sealed(): Bytes | null {
    return this.#sealed;
  }

  /** Another leaf: after the seat was lost, or with another place among the hosts. */
  renew(): void {
    for (const each of this.#packages) wipeKeyPackage(each);
    this.#packages = [];
    this.#key = null;
    this.#sealed = null;
  }

  /** What can be made while the socket is still being opened: our leaf key and our identity. */
  async prepare(): Promise<SignatureKey> {
    const key = (this.#key ??= await this.#makeKey());
    this.#sealed ??= await this.#seal(key);
    return key;
  }

  async knock(replaces: string | null): Promise<Knock> {
    const { meeting } = this.#start;
    const key = await this.prepare();
    const sealed = this.#sealed;
    if (sealed === null) throw new Error('no identity yet');
    this.#identityHash = await sha256(sealed);
    const own = await makeKeyPackage({
      key,
      identityHash: this.#identityHash,
      credential: await makeCredential(),
      now: this.#outlets.clock.now(),
    });
    for (const old of this.#packages.splice(1)) wipeKeyPackage(old);
    this.#packages.unshift(own);
    return {
      type: 'knock',
      version: 2,
      meeting: base64url(meeting),
      key_package: base64url(own.message),
      identity: base64url(sealed),
      ...(this.#authority && { authority: base64url(encodeAuthority(this.#authority)) }),
      ...(this.#note !== null && { note: base64url(await this.#sealNote(this.#note)) }),
      ...(replaces !== null && { replaces }),
    };
  }

  async note(text: string): Promise<string | null> {
    this.#note = text;
    return this.#key && base64url(await this.#sealNote(text));
  }

  /** What the server says of the meeting, measured by the link. */
  async place({ policy, log_key }: Waiting): Promise<Place | Refusal> {
    const policyBytes = fromBase64url(policy);
    const { policyHash: wanted, meeting } = this.#start;
    if (!policyBytes || !areEqual(await policyHash(policyBytes), wanted)) return 'wrong-policy';
    const read = decodePolicy(policyBytes);
    if (!read || !areEqual(read.meeting, meeting)) return 'wrong-policy';
    const logKey = await readVerifierKey(log_key);
    if (!logKey) return 'broken';
    return { policy: read, policyBytes, logKey };
  }

  /** Whether the authority that we showed is the one that we have; false: knock again. */
  async settleHost({ hostKeys }: Policy): Promise<boolean> {
    const { host } = this.#start;
    if (host === null) return true;
    const index = await hostKeyIndex(hostKeys, host.publicKey as CryptoKey);
    if (index === this.#hostIndex) return true;
    this.#hostIndex = index;
    this.#authority = null;
    this.renew();
    return false;
  }

  async begin(place: Place, people: People): Promise<Begun> {
    const own = this.#packages[0];
    if (!own) throw new Error('no KeyPackage yet');
    const { meeting } = this.#start;
    const nonce = this.#outlets.random(NONCE_BYTES);
    const id = await groupId(meeting, nonce, place.policyBytes);
    const { group, groupInfo } = await Group.create({
      groupId: id,
      policy: place.policyBytes,
      own,
    });
    const instance = new Instance({
      group,
      policy: place.policy,
      secrets: this.#secrets,
      people,
      log: CommitLog.begin(place.logKey, id),
      nonce,
      isLocked: false,
      banKey: this.#secrets.own.banKey.slice(),
      bans: [],
    });
    return { instance, groupInfo };
  }

  /** From a Welcome to the instance; the commit that added us is the log's next entry. */
  async join(message: Welcome, place: Place, people: People): Promise<Instance | Refusal> {
    const { meeting } = this.#start;
    const [welcome, commit] = [fromBase64url(message.welcome), fromBase64url(message.commit)];
    const tree = await this.#fetchTree(message.tree);
    if (!welcome || !commit || !tree) return 'broken';
    const joined = await this.#joinWith(welcome, tree, place.policyBytes);
    if (typeof joined === 'string') return joined;
    const { group, icState: stateBytes, pskId } = joined;
    const state = decodeIcState(stateBytes);
    const id = state && (await groupId(meeting, state.instanceNonce, place.policyBytes));
    if (!id || !areEqual(id, group.groupId)) return 'broken';
    if (!(await this.#secrets.enter(pskId, state.generation, state.earlierSeals))) return 'broken';
    const begun = { key: place.logKey, groupId: id };
    const signed = { size: state.logSize, root: state.logRoot };
    const log = await CommitLog.enter(begun, message.log, signed);
    const head = { size: message.log.size + 1, checkpoint: message.log.checkpoint };
    if (!log || !(await log.append(commit, head))) return 'broken';
    for (const each of this.#packages) wipeInit(each);
    return new Instance({
      group,
      policy: place.policy,
      secrets: this.#secrets,
      people,
      log,
      nonce: state.instanceNonce,
      isLocked: state.isLocked,
      banKey: state.banKey,
      bans: state.bans,
    });
  }

  async #joinWith(
    welcome: Uint8Array,
    tree: Uint8Array,
    policy: Uint8Array,
  ): Promise<Exclude<Awaited<ReturnType<typeof Group.join>>, string> | Refusal> {
    for (const own of this.#packages) {
      const pskOf = (id: Uint8Array) => this.#secrets.ofWelcome(id);
      const joined = await Group.join({ welcome, tree, own, pskOf, policy });
      if (typeof joined !== 'string') return joined;
      if (joined === 'no-psk') return 'fake-meeting';
      if (joined === 'policy') return 'wrong-policy';
      if (joined === 'unsound') return 'broken';
    }
    return 'broken'; // for none of our KeyPackages
  }

  async #fetchTree(hash: string): Promise<Uint8Array | null> {
    const { fetchBlob, clock } = this.#outlets;
    for (const pause of [0, 200, 800, 2000]) {
      if (pause > 0) await new Promise<void>((resolve) => clock.after(pause, resolve));
      const tree = await fetchBlob(hash).catch(() => null);
      if (tree && base64url(await sha256(tree)) === hash) return tree;
    }
    return null;
  }

  async #makeKey(): Promise<SignatureKey> {
    const { signed } = this.#start;
    return signed
      ? { private: signed.signaturePrivate.slice(), public: signed.signaturePublic }
      : makeSignatureKey();
  }

  async #seal(key: SignatureKey): Promise<Bytes> {
    const { meeting, device, host, name, signed } = this.#start;
    const leaf = { meeting, key: key.public };
    if (host !== null && this.#hostIndex !== null) {
      this.#authority = await makeAuthority(host.privateKey as CryptoKey, this.#hostIndex, leaf);
    }
    const identity: Identity = {
      name,
      deviceKey: await rawKey(device.publicKey as CryptoKey),
      deviceSignature: await signDevice(device.privateKey as CryptoKey, leaf),
      authority: this.#authority,
      token: signed && { rz: new Uint8Array(signed.rz), idToken: signed.idToken },
    };
    return sealIdentity(this.#secrets.own, key.public, identity);
  }

  #sealNote(text: string): Promise<Bytes> {
    return sealNote(this.#secrets.own, this.leafKey, text);
  }

  wipe(): void {
    this.renew();
    const { signed } = this.#start;
    signed?.signaturePrivate.fill(0);
  }
}

const wipeInit = ({ privatePackage }: OwnKeyPackage): void => {
  privatePackage.initPrivateKey.fill(0);
};
