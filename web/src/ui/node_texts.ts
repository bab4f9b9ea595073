// The words of every reason for which a node is refused, and of the four kinds of statements about place.

import type { ClaimLevel, NodePart, NodeReason, NodeRefusal } from '../call/node';

import { t, type Key } from './i18n';
import type { Words } from './texts';

/** What is wrong in a line interests the operator: people are told that something is. */
const MALFORMED: Words = {
  what: 'node.malformed.what',
  why: 'node.malformed.why',
  next: 'node.malformed.next',
};

export const NODE_WORDS: Readonly<Record<NodeReason, Words>> = {
  missing: { what: 'node.missing.what', why: 'node.missing.why', next: 'node.missing.next' },
  too_large: {
    what: 'node.too_large.what',
    why: 'node.too_large.why',
    next: 'node.too_large.next',
  },
  kind: { what: 'node.kind.what', why: 'node.kind.why', next: 'node.kind.next' },
  validity: { what: 'node.validity.what', why: 'node.validity.why', next: 'node.validity.next' },
  operator_keys: {
    what: 'node.operator_keys.what',
    why: 'node.operator_keys.why',
    next: 'node.operator_keys.next',
  },
  signature_wrong: {
    what: 'node.signature_wrong.what',
    why: 'node.signature_wrong.why',
    next: 'node.signature_wrong.next',
  },
  signatures: {
    what: 'node.signatures.what',
    why: 'node.signatures.why',
    next: 'node.signatures.next',
  },
  not_yet_valid: {
    what: 'node.not_yet_valid.what',
    why: 'node.not_yet_valid.why',
    next: 'node.not_yet_valid.next',
  },
  expired: { what: 'node.expired.what', why: 'node.expired.why', next: 'node.expired.next' },
  set_serial: {
    what: 'node.set_serial.what',
    why: 'node.set_serial.why',
    next: 'node.set_serial.next',
  },
  set_conflict: {
    what: 'node.set_conflict.what',
    why: 'node.set_conflict.why',
    next: 'node.set_conflict.next',
  },
  cert_serial: {
    what: 'node.cert_serial.what',
    why: 'node.cert_serial.why',
    next: 'node.cert_serial.next',
  },
  log_policy: {
    what: 'node.log_policy.what',
    why: 'node.log_policy.why',
    next: 'node.log_policy.next',
  },
  not_logged: {
    what: 'node.not_logged.what',
    why: 'node.not_logged.why',
    next: 'node.not_logged.next',
  },
  checkpoint: {
    what: 'node.checkpoint.what',
    why: 'node.checkpoint.why',
    next: 'node.checkpoint.next',
  },
  witnesses: {
    what: 'node.witnesses.what',
    why: 'node.witnesses.why',
    next: 'node.witnesses.next',
  },
  log_stale: {
    what: 'node.log_stale.what',
    why: 'node.log_stale.why',
    next: 'node.log_stale.next',
  },
  not_in_set: {
    what: 'node.not_in_set.what',
    why: 'node.not_in_set.why',
    next: 'node.not_in_set.next',
  },
  region_not_allowed: {
    what: 'node.region_not_allowed.what',
    why: 'node.region_not_allowed.why',
    next: 'node.region_not_allowed.next',
  },
  role_not_granted: {
    what: 'node.role_not_granted.what',
    why: 'node.role_not_granted.why',
    next: 'node.role_not_granted.next',
  },
  too_many_hops: {
    what: 'node.too_many_hops.what',
    why: 'node.too_many_hops.why',
    next: 'node.too_many_hops.next',
  },
  fingerprint: {
    what: 'node.fingerprint.what',
    why: 'node.fingerprint.why',
    next: 'node.fingerprint.next',
  },
  address: { what: 'node.address.what', why: 'node.address.why', next: 'node.address.next' },
  not_a_note: MALFORMED,
  line: MALFORMED,
  node: MALFORMED,
  serial: MALFORMED,
  region: MALFORMED,
  region_groups: MALFORMED,
  site: MALFORMED,
  entity: MALFORMED,
  roles: MALFORMED,
  dtls_sha256: MALFORMED,
  receipt_key: MALFORMED,
  addr: MALFORMED,
  not_before: MALFORMED,
  not_after: MALFORMED,
  build: MALFORMED,
  cert: MALFORMED,
  previous: MALFORMED,
  threshold: MALFORMED,
  key: MALFORMED,
};

const PARTS: Readonly<Record<NodePart, Key>> = {
  policy: 'node.part.policy',
  operator_keys: 'node.part.operator_keys',
  log_policy: 'node.part.log_policy',
  node_set: 'node.part.node_set',
  node_set_proof: 'node.part.node_set_proof',
  node_cert: 'node.part.node_cert',
  node_cert_proof: 'node.part.node_cert_proof',
  transport: 'node.part.transport',
};

/** For the operator: what the reason is about, and its word (docs/protocol/nodes.md 9). */
export function nodeDetails({ part, reason, carrier }: NodeRefusal): string {
  const what = { part: t(PARTS[part]), reason };
  return carrier === undefined
    ? t('node.details', what)
    : t('node.details_of', { ...what, node: carrier });
}

export interface ClaimWords {
  readonly word: Key;
  readonly text: Key;
}

export const CLAIM_WORDS: Readonly<Record<ClaimLevel, ClaimWords>> = {
  enforced: { word: 'claim.enforced.word', text: 'claim.enforced.text' },
  logged: { word: 'claim.logged.word', text: 'claim.logged.text' },
  excluded: { word: 'claim.excluded.word', text: 'claim.excluded.text' },
  unproven: { word: 'claim.unproven.word', text: 'claim.unproven.text' },
};
