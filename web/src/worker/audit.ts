// For the audit of the server's memory, and only in a build made for it (`vite build --mode audit`): what
// a worker hands to the browser's cryptography (keys, what is encrypted, and what became of it) goes to a
// debug port, where a test collects it. In every other build audit() does nothing and all this is dropped.

/** Set by vite.config.ts; not there where a test bundles a worker by itself. */
declare const __AUDIT__: boolean;

const DEBUG_PORT = 'incamera-audit';

export interface Audited {
  readonly what: 'key' | 'encrypted';
  /** of a key: its format and bytes, or the private part of a JWK */
  readonly format?: string;
  readonly key?: Uint8Array | string;
  readonly nonce?: Uint8Array;
  readonly aad?: Uint8Array;
  readonly plain?: Uint8Array;
  /** ciphertext and tag */
  readonly sealed?: Uint8Array;
}

/** Tells all keys, and of what is encrypted one in `every`. */
export function audit(every: number): void {
  if (typeof __AUDIT__ === 'undefined' || !__AUDIT__) return;
  const port = new BroadcastChannel(DEBUG_PORT);
  const tell = (audited: Audited): void => port.postMessage(audited);
  const { subtle } = crypto;
  const importKey = subtle.importKey.bind(subtle) as (...all: unknown[]) => Promise<CryptoKey>;
  const encrypt = subtle.encrypt.bind(subtle);
  let count = 0;
  const own = {
    importKey: (format: string, data: unknown, algorithm: unknown, ...rest: unknown[]) => {
      const key = secretOf(format, data, algorithm);
      if (key) tell({ what: 'key', format, key });
      return importKey(format, data, algorithm, ...rest);
    },
    encrypt: async (algorithm: AesGcmParams, key: CryptoKey, plaintext: BufferSource) => {
      if (count++ % every !== 0) return encrypt(algorithm, key, plaintext);
      const { iv, additionalData } = algorithm;
      const aad = additionalData ? copy(additionalData) : new Uint8Array();
      const parts = { nonce: copy(iv), aad, plain: copy(plaintext) };
      const sealed = await encrypt(algorithm, key, plaintext);
      tell({ what: 'encrypted', ...parts, sealed: copy(sealed) });
      return sealed;
    },
  };
  for (const [name, value] of Object.entries(own)) Object.defineProperty(subtle, name, { value });
}

/** Null: a public key. */
function secretOf(format: string, data: unknown, algorithm: unknown): Uint8Array | string | null {
  if (format === 'jwk') return (data as JsonWebKey).d ?? null;
  const { name = algorithm } = Object(algorithm) as { name?: unknown };
  const isPublic = format === 'spki' || (format === 'raw' && /25519$/.test(String(name)));
  return isPublic ? null : copy(data as BufferSource);
}

/** The caller may wipe its bytes at once. */
function copy(bytes: BufferSource): Uint8Array {
  return ArrayBuffer.isView(bytes)
    ? new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength).slice()
    : new Uint8Array(bytes).slice();
}
