// What members tell each other inside the group: chat, hands, names, heads of the log, links, grants.
// Everything that comes is a stranger's bytes; what is no message is passed over and counted.

import { base64url, fromBase64url } from '../wire/base64';
import type { Bytes } from '../wire/bytes';
import { decodeAuthority, encodeAuthority, type Authority } from '../wire/commit_data';
import { decodeInner, encodeInner, type InnerMessage } from '../wire/inner';
import { hex } from './adapter';
import type { Instance } from './group';
import type { Outlets } from './outlets';
import type { Secrets } from './secrets';
import { headEveryMs } from './voices';

const CHAT_ID_BYTES = 16;
const OUTBOX_MAX = 100;

export interface TalkConfig {
  readonly instance: Instance;
  readonly secrets: Secrets;
  readonly outlets: Outlets;
  /** others have another history */
  readonly onFork: () => void;
  /** whoever has this leaf has our keys */
  readonly onVoice: (leaf: number) => void;
  /** we have been made co-host */
  readonly onGrant: (authority: Authority) => void;
  readonly onLeave: (leaf: number) => void;
  readonly changed: () => void;
}

export class Talk {
  readonly #config: TalkConfig;
  readonly #hands = new Map<number, number>();
  readonly #names = new Map<number, string>();
  /** ours, for newcomers */
  #ownName: string | null = null;
  #grant: Authority | null = null;
  #outbox: InnerMessage[] = [];
  #isLineReady = true;
  #headAt: number;
  /** messages that were none */
  passedOver = 0;

  constructor(config: TalkConfig) {
    this.#config = config;
    this.#headAt = config.outlets.clock.now() + headEveryMs(1);
  }

  handUpAt(leaf: number): number | null {
    return this.#hands.get(leaf) ?? null;
  }
  /** Another name than the sealed one. */
  nameOf(leaf: number): string | null {
    return this.#names.get(leaf) ?? null;
  }

  // What we say

  async chat(text: string): Promise<void> {
    const { outlets, instance } = this.#config;
    const id = base64url(outlets.random(CHAT_ID_BYTES));
    if (!(await this.say({ type: 'chat', id, text }))) return;
    outlets.emit({ type: 'chat', leaf: instance.group.ownLeaf, id, text });
  }

  async hand(up: boolean): Promise<void> {
    this.#setHand(this.#config.instance.group.ownLeaf, up);
    await this.say({ type: 'hand', up });
  }

  async reaction(emoji: string): Promise<void> {
    const message = { type: 'reaction', emoji } as InnerMessage;
    if (!(await this.say(message))) return;
    const { outlets, instance } = this.#config;
    outlets.emit({ type: 'reaction', leaf: instance.group.ownLeaf, emoji });
  }

  async rename(name: string): Promise<void> {
    if (!(await this.say({ type: 'name', name }))) return;
    this.#ownName = name;
    this.#names.set(this.#config.instance.group.ownLeaf, name);
    this.#config.changed();
  }

  async tellLink(secret: Bytes): Promise<void> {
    const { instance, secrets } = this.#config;
    const generation = instance.generation + 1;
    secrets.offer(instance.group.ownLeaf, generation, secret);
    await this.say({ type: 'link', generation, secret: base64url(secret) });
  }

  async grant(leafKey: Uint8Array, authority: Authority): Promise<void> {
    const proof = base64url(encodeAuthority(authority));
    await this.say({ type: 'grant', key: base64url(leafKey), authority: proof });
  }

  /** False: it breaks a rule, and nobody would read it. */
  async say(message: InnerMessage): Promise<boolean> {
    let bytes: Bytes;
    try {
      bytes = encodeInner(message);
    } catch {
      return false;
    }
    if (this.#isLineReady) await this.#seal(bytes);
    else if (this.#outbox.length < OUTBOX_MAX) this.#outbox.push(message);
    return true;
  }

  async onLine(isReady: boolean): Promise<void> {
    this.#isLineReady = isReady;
    if (!isReady) return;
    for (const message of this.#outbox.splice(0)) await this.say(message);
  }

  /** The next head of the log is said then. */
  async tick(): Promise<number> {
    const { instance, outlets } = this.#config;
    const now = outlets.clock.now();
    const members = instance.group.members().length;
    this.#headAt = Math.min(this.#headAt, now + headEveryMs(members)); // others may have gone
    if (now >= this.#headAt) {
      this.#headAt = now + headEveryMs(members);
      if (this.#isLineReady && members > 1) {
        const { size } = instance.log;
        const root = base64url(await instance.log.root());
        await this.say({ type: 'head', size, root, epoch: instance.group.epoch });
      }
    }
    return this.#headAt;
  }

  /** Newcomers are told what was said before they came. */
  async onTaken(removed: readonly number[], added: readonly number[]): Promise<void> {
    const { group, log } = this.#config.instance;
    const { ownLeaf } = group;
    for (const leaf of [...removed, ...added]) {
      if (leaf === ownLeaf) continue;
      log.forget(leaf);
      this.#hands.delete(leaf);
      this.#names.delete(leaf);
    }
    this.#compareHeads();
    if (!added.some((leaf) => leaf !== ownLeaf)) return;
    if (this.#hands.has(ownLeaf)) await this.say({ type: 'hand', up: true });
    if (this.#ownName !== null) await this.say({ type: 'name', name: this.#ownName });
    if (this.#grant) await this.grant(this.#ownKey(), this.#grant);
  }

  // What we hear

  async onMessage(text: string): Promise<void> {
    const bytes = fromBase64url(text);
    const opened = bytes ? await this.#config.instance.group.open(bytes) : null;
    if (opened) this.#config.onVoice(opened.leaf);
    const message = opened ? decodeInner(opened.plaintext) : undefined;
    if (!opened || !message) {
      this.passedOver++;
      return;
    }
    await this.#on(opened.leaf, message);
  }

  async #on(leaf: number, message: InnerMessage): Promise<void> {
    const { outlets, instance, onLeave } = this.#config;
    switch (message.type) {
      case 'chat':
        outlets.emit({ type: 'chat', leaf, id: message.id, text: message.text });
        break;
      case 'hand':
        this.#setHand(leaf, message.up);
        break;
      case 'reaction':
        outlets.emit({ type: 'reaction', leaf, emoji: message.emoji });
        break;
      case 'name':
        this.#names.set(leaf, message.name);
        this.#config.changed();
        break;
      case 'head': {
        const root = fromBase64url(message.root, 32);
        if (root) instance.log.compare(leaf, message.size, root);
        this.#compareHeads();
        break;
      }
      case 'link':
        this.#onLink(leaf, message.generation, message.secret);
        break;
      case 'grant':
        await this.#onGrant(message.key, message.authority);
        break;
      case 'undecodable': // for whoever wants to know that their frames do not arrive whole
        break;
      case 'leave':
        onLeave(leaf);
        break;
    }
  }

  #compareHeads(): void {
    const { instance, onFork } = this.#config;
    if (instance.log.isDisputed(instance.group.members().length)) onFork();
  }

  /** Kept until that leaf's commit puts it in force, which needs authority. */
  #onLink(leaf: number, generation: number, text: string): void {
    const { secrets, instance } = this.#config;
    const secret = fromBase64url(text, 16);
    if (secret && generation === instance.generation + 1) secrets.offer(leaf, generation, secret);
  }

  async #onGrant(keyText: string, authorityText: string): Promise<void> {
    const { instance, onGrant } = this.#config;
    const key = fromBase64url(keyText, 32);
    const bytes = fromBase64url(authorityText);
    const authority = bytes && decodeAuthority(bytes);
    if (!key || !authority || !(await instance.show(key, authority))) return;
    if (hex(key) === hex(this.#ownKey())) {
      this.#grant = authority;
      onGrant(authority);
    }
    this.#config.changed();
  }

  #setHand(leaf: number, up: boolean): void {
    if (!up) this.#hands.delete(leaf);
    else if (!this.#hands.has(leaf)) this.#hands.set(leaf, this.#config.outlets.clock.now());
    this.#config.changed();
  }

  #ownKey(): Uint8Array {
    const { instance } = this.#config;
    return instance.member(instance.group.ownLeaf)?.signatureKey ?? new Uint8Array();
  }

  async #seal(bytes: Bytes): Promise<void> {
    const { instance, outlets } = this.#config;
    const message = base64url(await instance.group.seal(bytes));
    outlets.emit({ type: 'say', message: { type: 'message', message } });
  }
}
