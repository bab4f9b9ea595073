// The keys that a browser keeps, and signing in at a real issuer, in real browsers.

import assert from 'node:assert/strict';
import { createPublicKey } from 'node:crypto';
import { after, before, describe, test } from 'node:test';

import { Participant } from './lib/browser.mjs';
import { serveIdentityPage } from './lib/identity_page.mjs';
import { Issuer } from './lib/issuer.mjs';
import { PEOPLE } from './lib/people.mjs';

const ANA = { name: 'Ana Example' };
const MEETING = 'AAECAwQFBgcICQoLDA0ODw';
const SEED = Array.from({ length: 32 }, (_, index) => index + 1);
/** The fragment stands for the secret of a link. */
const LINK = `/m/${MEETING}#1.secret`;

const publicOf = (seed) => {
  const prefix = Buffer.from('302e020100300506032b657004220420', 'hex');
  const key = { key: Buffer.concat([prefix, Buffer.from(seed)]), format: 'der', type: 'pkcs8' };
  return [...Buffer.from(createPublicKey(key).export({ format: 'jwk' }).x, 'base64url')];
};

let issuer;
let server;

before(async () => {
  server = await serveIdentityPage(() => issuer.url);
  issuer = await new Issuer({ origins: [server.url], people: { ana: ANA } }).start();
});
after(async () => {
  await issuer?.stop();
  await server?.close();
});

for (const [index, kind] of ['chromium', 'firefox'].entries()) {
  describe(kind, () => {
    let someone;
    const open = async () => {
      await someone.page.goto('about:blank');
      await someone.page.goto(server.url + LINK);
      await someone.until('the page runs', () => globalThis.lab !== undefined);
    };
    const lab = (name, ...args) => someone.evaluate((n, a) => globalThis.lab[n](...a), name, args);
    const pages = async () => (kind === 'chromium' ? someone.context.pages() : someone.page.browser().pages());

    const signIn = async (service, ms = 15000) => {
      await someone.evaluate((s) => { globalThis.lab.service = s; }, service);
      await someone.page.click('#sign-in');
      await someone.until('signed in or failed', () => globalThis.lab.result !== null, ms);
      return someone.evaluate(() => globalThis.lab.result.failure ?? globalThis.lab.result.name);
    };
    const service = () => ({ issuer: issuer.url, audience: issuer.audience });

    before(async () => {
      someone = await Participant.open(PEOPLE[index], kind);
      await open();
    });
    after(() => someone?.close());

    test('the device key is the same after a reload, and cannot be read', async () => {
      const made = await lab('device');
      assert.deepEqual([made.isLasting, made.isPair, made.isReadable], [true, true, false]);
      await open();
      assert.deepEqual(await lab('device'), made);
    });

    test('a host key comes from its seed, and the seed is wiped', async () => {
      const host = await lab('importHost', MEETING, SEED);
      assert.deepEqual([host.wiped, host.isPair, host.isReadable], [true, true, false]);
      assert.deepEqual(host.raw, publicOf(SEED));
      await open();
      assert.deepEqual((await lab('host', MEETING)).raw, host.raw);
      assert.equal(await lab('host', 'another'), null);
    });

    test('a host key that is made here gives the same key elsewhere', async () => {
      const host = await lab('makeHost', 'made-here');
      assert.deepEqual([host.isPair, host.isReadable], [true, false]);
      assert.deepEqual(host.raw, publicOf(host.seed));
      await open();
      assert.deepEqual((await lab('host', 'made-here')).raw, host.raw);
    });

    test('nothing else is kept', async () => {
      assert.deepEqual(await lab('kept'), {
        databases: ['incamera'],
        keys: ['device', `host.${MEETING}`, 'host.made-here'],
        local: [],
        session: [],
      });
    });

    test('two that ask at the same time get one device key', async () => {
      await someone.evaluate(() => new Promise((resolve) => {
        indexedDB.deleteDatabase('incamera').onsuccess = resolve;
      }));
      const [one, other] = await lab('twoAtOnce');
      assert.deepEqual(one, other);
    });

    test('without storage the keys live as long as the page, and it is told', async () => {
      const device = await lab('withoutStorage');
      assert.deepEqual([device.isLasting, device.isPair, device.isReadable], [false, true, false]);
    });

    test('signing in never moves the page, shows the issuer nothing, and closes the window', async () => {
      await open();
      const address = await someone.evaluate(() => location.href);
      server.asked.length = 0;
      assert.equal(await signIn(service()), ANA.name);
      assert.equal(await someone.evaluate(() => location.href), address);
      assert.deepEqual(await lab('verify'), { kind: 'verified', issuer: issuer.url, name: ANA.name, subject: 'ana' });
      assert.ok(server.asked.some((path) => path.startsWith('/oidc?wait=')));
      assert.ok(server.asked.some((path) => path.startsWith('/oidc?code=')));
      assert.ok(server.asked.every((path) => !path.includes('secret')));
      const start = Date.now();
      while ((await pages()).length > 1 && Date.now() - start < 5000) await new Promise((r) => setTimeout(r, 50));
      assert.equal((await pages()).length, 1, 'the window of the issuer is closed');
    });

    test('a person who refuses, and an issuer that cannot be reached, are told apart', async () => {
      issuer.account = null;
      try {
        assert.equal(await signIn(service()), 'refused');
      } finally {
        issuer.account = 'ana';
      }
      // Not in the policy of the page: the browser itself does not let it be asked.
      assert.equal(await signIn({ ...service(), issuer: 'http://localhost:1' }), 'issuer-unreachable');
    });

    test('no page complains', async () => {
      const expected = /localhost:1\/|Content.Security.Policy|Failed to load resource/;
      assert.deepEqual(someone.messages.filter((each) => !expected.test(each)), []);
    });
  });
}
