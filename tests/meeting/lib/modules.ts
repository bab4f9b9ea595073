// What the scripted clients take from the client as it is: the machine of the group, the formats, the checks of
// ID tokens; and from its tests, what a lying server needs.

export { Driver } from '../../../web/src/mls/driver';
export { policyHash, sha256 } from '../../../web/src/mls/digest';
export { keysOfLink, pskId } from '../../../web/src/mls/link_keys';
export { Member } from '../../../web/src/mls/member';
export { hex, makeSignatureKey, readKeyPackage } from '../../../web/src/mls/adapter';
export { rawKey } from '../../../web/src/mls/proof';
export { verifyIdToken } from '../../../web/src/verify/id_token';
export { IssuerKeys } from '../../../web/src/verify/issuer_keys';
export { readTerms } from '../../../web/src/verify/node_terms';
export { leafHash } from '../../../web/src/verify/merkle';
export { base64url, fromBase64url } from '../../../web/src/wire/base64';
export { codeDigits } from '../../../web/src/wire/code';
export { pkcs8OfSeed, seedOfPkcs8 } from '../../../web/src/wire/ed25519';
export { cicText } from '../../../web/src/wire/identity';
export { decodeClient, decodeServer, encode } from '../../../web/src/wire/message';
export { readNodePapers } from '../../../web/src/wire/node_papers';
export { encodePolicy, newPolicy } from '../../../web/src/wire/policy';
export { falseMeeting } from '../../../web/test/mls/support/false_meeting';
export { LogKeeper } from '../../../web/test/mls/support/note_key';
