// Our own leaf: a signature key, fresh for each join, and the KeyPackages made with it.

import {
  generateKeyPackageWithKey,
  type KeyPackage,
  type PrivateKeyPackage,
} from 'ts-mls/keyPackage.js';
import { writeMessage } from './adapter_read';
import { CREDENTIAL_BYTES, IC_IDENTITY, leafCapabilities, loadSuite } from './adapter_suite';
import { wipeBytes } from './adapter_wipe';

/** encryption.md 2: `not_before` = now - 1 min, `not_after` = now + 9 min */
const BEFORE_S = 60;
const AFTER_S = 540;

export interface SignatureKey {
  /** PKCS #8, or the 32 bytes of RFC 8032 */
  readonly private: Uint8Array;
  readonly public: Uint8Array;
}

export interface OwnKeyPackage {
  /** MLSMessage(KeyPackage) */
  readonly message: Uint8Array;
  readonly publicPackage: KeyPackage;
  readonly privatePackage: PrivateKeyPackage;
}

export async function makeSignatureKey(): Promise<SignatureKey> {
  const { signature } = await loadSuite();
  const { signKey, publicKey } = await signature.keygen();
  return { private: signKey, public: publicKey };
}

export interface LeafConfig {
  readonly key: SignatureKey;
  readonly identityHash: Uint8Array;
  readonly credential: Uint8Array;
  /** ms since 1970 */
  readonly now: number;
}

export async function makeKeyPackage(config: LeafConfig): Promise<OwnKeyPackage> {
  const suite = await loadSuite();
  const now = Math.floor(config.now / 1000);
  const { publicPackage, privatePackage } = await generateKeyPackageWithKey(
    { credentialType: 'basic', identity: config.credential },
    leafCapabilities(),
    { notBefore: BigInt(now - BEFORE_S), notAfter: BigInt(now + AFTER_S) },
    [],
    { signKey: config.key.private, publicKey: config.key.public },
    suite,
    [{ extensionType: IC_IDENTITY, extensionData: config.identityHash }],
  );
  const message = writeMessage({
    version: 'mls10',
    wireformat: 'mls_key_package',
    keyPackage: publicPackage,
  });
  return { message, publicPackage, privatePackage };
}

export async function makeCredential(): Promise<Uint8Array> {
  return (await loadSuite()).rng.randomBytes(CREDENTIAL_BYTES);
}

/** A KeyPackage is used once; its signature key lives on in the group. */
export function wipeKeyPackage({ privatePackage }: OwnKeyPackage): void {
  wipeBytes([privatePackage.initPrivateKey, privatePackage.hpkePrivateKey]);
}
