// Our place at the server: the line, the node at its other end, and the session with which the place is
// taken again. A node is named as in its certificate; null: the one that served the page.

import { areEqual } from '../wire/bytes';
import type { Resume } from '../wire/message';
import type { VerifierKey } from '../verify/note';

export class Seat {
  /** id of the meeting, base64url */
  meeting = '';
  /** counts the sockets */
  line = 0;
  isLineUp = false;
  session: string | null = null;
  /** the session of a seat that we had in the group and lost */
  lost: string | null = null;
  #sessionLine = 0; // the socket on which it was told
  #lineNode: string | null = null;
  #node: string | null = null;
  /** of each node's log: another key in the middle would be the way to show us another log */
  readonly #logKeys = new Map<string | null, VerifierKey>();

  /** At the other end of the line. */
  get node(): string | null {
    return this.#lineNode;
  }
  /** The line goes to another node than the one that has our place. */
  get isElsewhere(): boolean {
    return this.#lineNode !== this.#node;
  }
  /** Whom the next knock replaces: on one socket a second knock takes the place of the first by itself. */
  get replaced(): string | null {
    return this.lost ?? (this.#sessionLine === this.line ? null : this.session);
  }

  /** Null: there is no place to come back to. */
  resume(logSize: number): Resume | null {
    const { session, meeting } = this;
    if (session === null) return null;
    return { type: 'resume', version: 2, meeting, session, log_size: logSize };
  }

  onLine(isUp: boolean, node: string | null): void {
    this.isLineUp = isUp;
    if (!isUp) return;
    this.line++;
    this.#lineNode = node;
  }

  /** The session was told on this line. False: with another key of this node's log than before. */
  take(session: string, logKey: VerifierKey): boolean {
    this.session = session;
    this.#sessionLine = this.line;
    const known = this.#logKeys.get(this.#lineNode) ?? logKey;
    this.#logKeys.set(this.#lineNode, known);
    this.#node = this.#lineNode;
    return areEqual(known.publicKey, logKey.publicKey);
  }
}
