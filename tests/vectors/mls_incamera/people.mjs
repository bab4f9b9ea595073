// People of a meeting as docs/protocol/encryption.md 2 wants them, made with ts-mls.
import * as mls from './mls.mjs';
import { createHash, randomBytes } from 'node:crypto';

export const SUITE = 'MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519';
export const cs = await mls.getCiphersuiteImpl(mls.getCiphersuiteFromName(SUITE));
export const sha256 = (bytes) => new Uint8Array(createHash('sha256').update(bytes).digest());
export const hex = (bytes) => Buffer.from(bytes).toString('hex');
export const random = (n) => new Uint8Array(randomBytes(n));

const POLICY = 0xf1ca;
const IDENTITY = 0xf1cb;

/** Numbers that are the same in each run. */
export function seeded(seed) {
  let x = seed >>> 0;
  return (n) => {
    x = (x + 0x6d2b79f5) >>> 0;
    let t = Math.imul(x ^ (x >>> 15), x | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) % n;
  };
}

export const capabilities = {
  versions: ['mls10'],
  ciphersuites: [SUITE],
  extensions: [POLICY, IDENTITY],
  proposals: [],
  credentials: ['basic'],
};

export const identityExtension = (hash) => ({
  extensionType: IDENTITY,
  extensionData: hash,
});

export function contextExtensions(policy) {
  return [
    {
      extensionType: 'required_capabilities',
      extensionData: mls.encodeRequiredCapabilities({
        extensionTypes: [POLICY, IDENTITY],
        proposalTypes: [],
        credentialTypes: [],
      }),
    },
    { extensionType: POLICY, extensionData: policy },
  ];
}

/** A person with a KeyPackage; what may be made differently stands in `other`. */
export async function makePerson(now, other = {}) {
  const identity = other.identity ?? random(32);
  const keys = await cs.signature.keygen();
  const pair = await mls.generateKeyPackageWithKey(
    { credentialType: 'basic', identity: other.credential ?? random(16) },
    { ...capabilities, ...other.capabilities },
    other.lifetime ?? {
      notBefore: BigInt(now - 60),
      notAfter: BigInt(now + 540),
    },
    other.extensions ?? [],
    keys,
    cs,
    other.leafExtensions ?? [identityExtension(identity)],
  );
  return { ...pair, identity, keys, state: null, leaf: -1 };
}

export const keyPackageMessage = (keyPackage) =>
  mls.encodeMlsMessage({
    version: 'mls10',
    wireformat: 'mls_key_package',
    keyPackage,
  });
export const welcomeMessage = (welcome) =>
  mls.encodeMlsMessage({
    version: 'mls10',
    wireformat: 'mls_welcome',
    welcome,
  });
export const groupInfoMessage = (groupInfo) =>
  mls.encodeMlsMessage({
    version: 'mls10',
    wireformat: 'mls_group_info',
    groupInfo,
  });

export const addOf = (person) => ({
  proposalType: 'add',
  add: { keyPackage: person.publicPackage },
});
export const removeOf = (leaf) => ({
  proposalType: 'remove',
  remove: { removed: leaf },
});

export function pskIdOf(meeting, generation) {
  const number = Buffer.alloc(4);
  number.writeUInt32BE(generation);
  return new Uint8Array(Buffer.concat([meeting, number]));
}

export function pskOf(id, other = {}) {
  return {
    proposalType: 'psk',
    psk: {
      preSharedKeyId: {
        psktype: 'external',
        pskId: id,
        pskNonce: random(32),
        ...other,
      },
    },
  };
}
