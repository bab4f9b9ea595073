/** Types of issuer.mjs, for the tests that are written in TypeScript. */
export interface IssuerOptions {
  readonly origins: readonly string[];
  readonly audience?: string;
  readonly algorithm?: 'RS256' | 'ES256' | 'EdDSA';
  readonly people?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly lifetimeS?: number;
}

export class Issuer {
  constructor(options: IssuerOptions);
  account: string | null;
  readonly url: string;
  readonly audience: string;
  start(port?: number): Promise<this>;
  stop(): Promise<void>;
}
