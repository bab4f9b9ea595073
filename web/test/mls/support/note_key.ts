// The log key of a delivery service: signs checkpoints as the server does.

import { base64 } from '../../../src/wire/base64';
import { asBytes, concat } from '../../../src/wire/bytes';
import { utf8 } from '../../../src/wire/utf8';
import { append, EMPTY, rootOf, type Frontier } from '../../../src/verify/merkle';

export class LogKeeper {
  readonly verifier: string;
  frontier: Frontier = EMPTY;
  readonly entries: Uint8Array[] = [];
  origin = '';
  readonly name: string;
  readonly #id: Uint8Array;
  readonly #key: CryptoKey;

  private constructor(name: string, id: Uint8Array, verifier: string, key: CryptoKey) {
    this.name = name;
    this.#id = id;
    this.verifier = verifier;
    this.#key = key;
  }

  static async of(name: string): Promise<LogKeeper> {
    const pair = await crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify']);
    const raw = new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey));
    const typed = concat(Uint8Array.of(1), raw);
    const digest = await crypto.subtle.digest('SHA-256', concat(utf8(`${name}\n`), typed));
    const id = new Uint8Array(digest).slice(0, 4);
    const hex = Buffer.from(id).toString('hex');
    return new LogKeeper(name, id, `${name}+${hex}+${base64(typed)}`, pair.privateKey);
  }

  /** The same key with a history of its own, for a server that lies. */
  fork(): LogKeeper {
    const other = new LogKeeper(this.name, this.#id, this.verifier, this.#key);
    other.origin = this.origin;
    other.frontier = this.frontier;
    other.entries.push(...this.entries);
    return other;
  }

  begin(groupId: Uint8Array): void {
    this.origin = `${this.name}/m/${Buffer.from(groupId).toString('hex')}`;
    this.frontier = EMPTY;
    this.entries.length = 0;
  }

  async append(entry: Uint8Array): Promise<{ size: number; checkpoint: string }> {
    this.frontier = await append(this.frontier, entry);
    this.entries.push(entry);
    return this.head(this.frontier);
  }

  async head(frontier: Frontier): Promise<{ size: number; checkpoint: string }> {
    const root = base64(await rootOf(frontier));
    const text = `${this.origin}\n${frontier.size}\n${root}\n`;
    const signature = await crypto.subtle.sign('Ed25519', this.#key, asBytes(utf8(text)));
    const signed = base64(concat(this.#id, new Uint8Array(signature)));
    return { size: frontier.size, checkpoint: `${text}\n— ${this.name} ${signed}\n` };
  }
}
