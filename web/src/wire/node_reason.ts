// Why a node is refused: the words of docs/protocol/nodes.md 9, the same as the server's and the tool's.

/** What is wrong in the form of a text. */
export type FormFault =
  | 'too_large'
  | 'not_a_note'
  | 'kind'
  | 'line'
  | 'node'
  | 'serial'
  | 'region'
  | 'region_groups'
  | 'site'
  | 'entity'
  | 'roles'
  | 'dtls_sha256'
  | 'receipt_key'
  | 'addr'
  | 'not_before'
  | 'not_after'
  | 'build'
  | 'cert'
  | 'previous'
  | 'threshold'
  | 'key'
  | 'validity';

export type NodeReason =
  | 'missing'
  | FormFault
  | 'operator_keys'
  | 'signature_wrong'
  | 'signatures'
  | 'not_yet_valid'
  | 'expired'
  | 'set_serial'
  | 'set_conflict'
  | 'cert_serial'
  | 'log_policy'
  | 'not_logged'
  | 'checkpoint'
  | 'witnesses'
  | 'log_stale'
  | 'not_in_set'
  | 'region_not_allowed'
  | 'role_not_granted'
  | 'too_many_hops'
  | 'fingerprint'
  | 'address';

/** What the reason is about. */
export type NodePart =
  | 'policy'
  | 'operator_keys'
  | 'log_policy'
  | 'node_set'
  | 'node_set_proof'
  | 'node_cert'
  | 'node_cert_proof'
  | 'transport';
