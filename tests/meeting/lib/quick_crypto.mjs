// For a process that plays many clients. SHA-256 and HMAC at once, in place of WebCrypto's way over another thread,
// which costs ten times the hash; and one answer for all clients of the process when they check the same signature
// with the same key. The same functions of the same bytes; a client that is measured goes without.

import { createHash, createHmac, timingSafeEqual, webcrypto } from 'node:crypto';

const { subtle } = webcrypto;
const { digest, importKey, sign, verify } = subtle;
const nameOf = (algorithm) => algorithm?.name ?? algorithm;
const isSha256 = (algorithm) => nameOf(algorithm) === 'SHA-256';
const bufferOf = (bytes) => bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
const viewOf = (data) => (ArrayBuffer.isView(data) ? data : new Uint8Array(data));
const macOf = ({ secret }, data) => createHmac('sha256', secret).update(viewOf(data)).digest();
const printOf = (data) => createHash('sha256').update(viewOf(data)).digest('base64');

/** Public keys, by what they were made of; and what each key was made of. */
const publicKeys = new Map();
const origins = new WeakMap();
/** Of checks of signatures, by key, signature and what was signed. */
const answers = new Map();

class HmacKey {
  constructor(secret) {
    this.secret = Buffer.from(secret);
  }
}

function importPublic(format, data, algorithm, ...rest) {
  const bytes = format === 'jwk' ? JSON.stringify(data) : Buffer.from(viewOf(data)).toString('base64');
  const origin = `${format} ${nameOf(algorithm)} ${bytes}`;
  const known = publicKeys.get(origin);
  if (known) return known;
  const made = importKey.call(subtle, format, data, algorithm, ...rest).then((key) => {
    origins.set(key, origin);
    return key;
  });
  publicKeys.set(origin, made);
  return made;
}

subtle.digest = async function (algorithm, data) {
  if (!isSha256(algorithm)) return digest.call(subtle, algorithm, data);
  return bufferOf(createHash('sha256').update(viewOf(data)).digest());
};
subtle.importKey = async function (format, data, algorithm, isExtractable, usages) {
  const isHmac = format === 'raw' && nameOf(algorithm) === 'HMAC' && isSha256(algorithm.hash);
  if (isHmac) return new HmacKey(viewOf(data));
  const isPublic = usages.length === 1 && usages[0] === 'verify' && ['raw', 'jwk'].includes(format);
  return (isPublic ? importPublic : importKey).call(subtle, format, data, algorithm, isExtractable, usages);
};
subtle.sign = async function (algorithm, key, data) {
  return key instanceof HmacKey ? bufferOf(macOf(key, data)) : sign.call(subtle, algorithm, key, data);
};
subtle.verify = async function (algorithm, key, signature, data) {
  if (key instanceof HmacKey) {
    const mac = macOf(key, data);
    return mac.length === signature.byteLength && timingSafeEqual(mac, viewOf(signature));
  }
  const origin = origins.get(key);
  if (origin === undefined) return verify.call(subtle, algorithm, key, signature, data);
  const asked = `${origin} ${JSON.stringify(algorithm)} ${printOf(signature)} ${printOf(data)}`;
  const answer = answers.get(asked) ?? verify.call(subtle, algorithm, key, signature, data);
  answers.set(asked, answer);
  return answer;
};
