// The one cipher suite, and the numbers of encryption.md 2 that both sides of the adapter need. The
// files adapter*.ts are the only ones that import ts-mls, and they import its single files: its index
// also loads the providers that need packages which we do not have.

import type { Capabilities } from 'ts-mls/capabilities.js';
import type { ClientConfig } from 'ts-mls/clientConfig.js';
import { getCiphersuiteFromName, type CiphersuiteImpl } from 'ts-mls/crypto/ciphersuite.js';
import { defaultCryptoProvider } from 'ts-mls/crypto/implementation/default/provider.js';
import type { Extension } from 'ts-mls/extension.js';
import { defaultKeyPackageEqualityConfig } from 'ts-mls/keyPackageEqualityConfig.js';
import type { PreSharedKeyID } from 'ts-mls/presharedkey.js';
import type { PskIndex } from 'ts-mls/pskIndex.js';
import { encodeRequiredCapabilities } from 'ts-mls/requiredCapabilities.js';
import { areEqual } from '../wire/bytes';
import { ownHash, ownKdf } from './adapter_kdf';

export const IC_POLICY = 0xf1ca;
export const IC_IDENTITY = 0xf1cb;
export const IC_STATE = 0xf1cc;
export const SUITE_NAME = 'MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519';
export const CREDENTIAL_BYTES = 16;
export const IDENTITY_HASH_BYTES = 32;
export const KEY_BYTES = 32;
/** Epochs whose messages can still be read; the driver forgets them after 10 s at the latest. */
export const OLD_EPOCHS_MAX = 3;
const PADDING_BYTES = 256;

let loading: Promise<CiphersuiteImpl> | null = null;

export function loadSuite(): Promise<CiphersuiteImpl> {
  loading ??= defaultCryptoProvider
    .getCiphersuiteImpl(getCiphersuiteFromName(SUITE_NAME))
    .then((suite) => ({ ...suite, hash: ownHash, kdf: ownKdf }));
  return loading;
}

/** A PSK of the meeting: its MLS id and its value. */
export interface Psk {
  readonly id: Uint8Array;
  readonly value: Uint8Array;
}

export const leafCapabilities = (): Capabilities => ({
  versions: ['mls10'],
  ciphersuites: [SUITE_NAME],
  extensions: [IC_POLICY, IC_IDENTITY],
  proposals: [],
  credentials: ['basic'],
});

/** The extensions of the GroupContext: these, in this order, for as long as the group lives. */
export function contextExtensions(policy: Uint8Array): Extension[] {
  const required = encodeRequiredCapabilities({
    extensionTypes: [IC_POLICY, IC_IDENTITY],
    proposalTypes: [],
    credentialTypes: [],
  });
  return [
    { extensionType: 'required_capabilities', extensionData: required },
    { extensionType: IC_POLICY, extensionData: policy },
  ];
}

/** Every length on the wire is a multiple of 256, whatever was written. */
const padding: ClientConfig['paddingConfig'] = { kind: 'padUntilLength', padUntilLength: 0 };

export function paddedFor(contentBytes: number): ClientConfig['paddingConfig'] {
  return {
    ...padding,
    kind: 'padUntilLength',
    padUntilLength: Math.ceil(contentBytes / PADDING_BYTES) * PADDING_BYTES,
  };
}

export const clientConfig: ClientConfig = {
  keyRetentionConfig: {
    retainKeysForGenerations: 10,
    retainKeysForEpochs: OLD_EPOCHS_MAX,
    maximumForwardRatchetSteps: 200,
  },
  // The lifetime is checked by checks.ts, against a clock that is an argument.
  lifetimeConfig: { maximumTotalLifetime: 600n, validateLifetimeOnReceive: false },
  keyPackageEqualityConfig: defaultKeyPackageEqualityConfig,
  paddingConfig: padding,
  // A credential is 16 random bytes: it proves nothing. The shape of the leaf is checked by checks.ts,
  // the person behind it by the sealed identity.
  authService: {
    validateCredential: (credential) =>
      Promise.resolve(
        credential.credentialType === 'basic' && credential.identity.length === CREDENTIAL_BYTES,
      ),
  },
};

/** Finds the one PSK that we know, and tells what it was asked for. */
export function pskIndex(psk: Psk | null): PskIndex & { readonly asked: PreSharedKeyID[] } {
  const asked: PreSharedKeyID[] = [];
  return {
    asked,
    findPsk: (id) => {
      asked.push(id);
      const isOurs = psk !== null && id.psktype === 'external' && areEqual(id.pskId, psk.id);
      return isOurs ? psk.value : undefined;
    },
  };
}
