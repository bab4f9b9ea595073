// Test only: the product's keys, its sign-in and its check of ID tokens, in a page of their own.

import { Keys, openKeys } from '../../../web/src/shell/keys.ts';
import { signIn } from '../../../web/src/shell/oidc.ts';
import { isOidcPage, runOidcPage } from '../../../web/src/shell/oidc_page.ts';
import { verifyIdToken } from '../../../web/src/verify/id_token.ts';
import { IssuerKeys } from '../../../web/src/verify/issuer_keys.ts';

const raw = async (key) => Array.from(new Uint8Array(await crypto.subtle.exportKey('raw', key)));

/** Whether the pair signs, and whether the browser gives its private half away. */
async function look({ privateKey, publicKey }) {
  const text = new TextEncoder().encode('text');
  const signature = await crypto.subtle.sign('Ed25519', privateKey, text);
  const isReadable = await crypto.subtle.exportKey('pkcs8', privateKey).then(() => true, () => false);
  return {
    raw: await raw(publicKey),
    isPair: await crypto.subtle.verify('Ed25519', publicKey, signature, text),
    isReadable,
  };
}

/** Everything that the origin keeps, by name. */
async function kept() {
  const opening = indexedDB.open('incamera');
  await new Promise((resolve) => (opening.onsuccess = resolve));
  const all = opening.result.transaction('keys').objectStore('keys').getAllKeys();
  await new Promise((resolve) => (all.onsuccess = resolve));
  opening.result.close();
  const databases = (await indexedDB.databases()).map(({ name }) => name);
  return { databases, keys: all.result, local: Object.keys(localStorage), session: Object.keys(sessionStorage) };
}

if (isOidcPage(location.pathname)) {
  runOidcPage(document.getElementById('app'));
} else {
  const lab = {
    result: null,
    service: null,
    async device() {
      const keys = await openKeys();
      return { isLasting: keys.isLasting, ...(await look(await keys.device())) };
    },
    async twoAtOnce() {
      const [one, other] = await Promise.all([openKeys(), openKeys()]);
      const [a, b] = await Promise.all([one.device(), other.device()]);
      return [await raw(a.publicKey), await raw(b.publicKey)];
    },
    async importHost(meeting, seed) {
      const bytes = Uint8Array.from(seed);
      const host = await (await openKeys()).importHost(meeting, bytes);
      return { wiped: bytes.every((byte) => byte === 0), ...(await look(host)) };
    },
    async makeHost(meeting) {
      const keys = await openKeys();
      const made = await keys.makeHost();
      await keys.keepHost(meeting, made.keys);
      return { seed: Array.from(made.seed), ...(await look(made.keys)) };
    },
    async host(meeting) {
      const host = await (await openKeys()).host(meeting);
      return host && look(host);
    },
    async withoutStorage() {
      const real = IDBFactory.prototype.open;
      IDBFactory.prototype.open = () => {
        throw new DOMException('refused', 'SecurityError');
      };
      try {
        const keys = await openKeys();
        return { isLasting: keys.isLasting, isKeys: keys instanceof Keys, ...(await look(await keys.device())) };
      } finally {
        IDBFactory.prototype.open = real;
      }
    },
    kept,
    async verify() {
      const { signaturePublic, rz, idToken } = this.result.signedIn;
      const question = {
        token: { rz, idToken },
        leafKey: signaturePublic,
        issuers: [{ ...this.service, thumbprints: [] }],
        now: Date.now(),
        isKnocking: true,
      };
      return verifyIdToken(question, new IssuerKeys(() => Date.now()).of);
    },
  };
  document.getElementById('sign-in').onclick = () => {
    lab.result = null;
    lab.abort = new AbortController();
    void signIn(lab.service, lab.abort.signal).then((outcome) => (lab.result = outcome));
  };
  globalThis.lab = lab;
}
