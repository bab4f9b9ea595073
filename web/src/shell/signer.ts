// Signing in, for one join: what comes of it names the key of that join, so it is taken once.

import type { ShellEvent } from '../call/event';
import { wipe } from '../wire/bytes';
import type { SignedIn } from '../wire/group';
import type { ConfiguredIssuer } from './api';
import { signIn } from './oidc';

export class Signer {
  readonly #dispatch: (event: ShellEvent) => void;
  #issuers: readonly ConfiguredIssuer[] = [];
  #attempt: AbortController | null = null;
  #signed: SignedIn | null = null;

  constructor(dispatch: (event: ShellEvent) => void) {
    this.#dispatch = dispatch;
  }

  useIssuers(issuers: readonly ConfiguredIssuer[]): void {
    this.#issuers = issuers;
  }

  /** In the turn of a click, or the browser blocks the window. */
  async signIn(issuer: string): Promise<void> {
    this.signOut();
    const service = this.#issuers.find((each) => each.issuer === issuer);
    if (!service) return;
    const attempt = new AbortController();
    this.#attempt = attempt;
    const outcome = await signIn(service, attempt.signal);
    if (this.#attempt !== attempt) return;
    this.#attempt = null;
    if ('failure' in outcome) return this.#dispatch({ type: 'sign-in-failed' });
    this.#signed = outcome.signedIn;
    this.#dispatch({ type: 'signed-in', issuer, name: outcome.name });
  }

  signOut(): void {
    this.#attempt?.abort();
    this.#attempt = null;
    if (this.#signed) wipe(this.#signed.signaturePrivate);
    this.#signed = null;
  }

  /** For the join that begins now. */
  take(): SignedIn | null {
    const signed = this.#signed;
    this.#signed = null;
    return signed;
  }
}
