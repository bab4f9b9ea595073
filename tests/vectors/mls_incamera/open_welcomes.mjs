// Makes ../mls_group_infos.json: the GroupInfos inside the Welcomes of the official passive-client files
// (suite 1), which only the new member can open, so that a test without secrets can follow what comes
// after. Use: node open_welcomes.mjs > ../mls_group_infos.json
import { readFileSync } from 'node:fs';
import * as mls from './mls.mjs';
import { cs, groupInfoMessage, hex } from './people.mjs';

const bytes = (text) => new Uint8Array(Buffer.from(text, 'hex'));
const base64 = (text) => Buffer.from(text, 'hex').toString('base64');

async function open(vector) {
  const psks = Object.fromEntries(
    vector.external_psks.map(({ psk_id, psk }) => [base64(psk_id), bytes(psk)]),
  );
  const [{ welcome }] = mls.decodeMlsMessage(bytes(vector.welcome), 0);
  const [{ keyPackage }] = mls.decodeMlsMessage(bytes(vector.key_package), 0);
  const reference = await mls.makeKeyPackageRef(keyPackage, cs.hash);
  const key = await cs.hpke.importPrivateKey(bytes(vector.init_priv));
  const secrets = await mls.decryptGroupSecrets(key, reference, welcome, cs.hpke);
  const index = mls.makePskIndex(undefined, psks);
  const zeros = new Uint8Array(cs.kdf.size);
  const [psk] = await mls.accumulatePskSecret(secrets.psks, index, cs, zeros);
  return mls.decryptGroupInfo(welcome, secrets.joinerSecret, psk, cs);
}

const files = {};
for (const name of ['handling-commit', 'random', 'welcome']) {
  const url = new URL(`../mls/passive-client-${name}.json`, import.meta.url);
  const list = [];
  for (const vector of JSON.parse(readFileSync(url, 'utf8'))) {
    const info = vector.cipher_suite === 1 ? await open(vector) : null;
    list.push(info === null ? null : hex(groupInfoMessage(info)));
  }
  files[name] = list;
}
process.stdout.write(`${JSON.stringify(files, null, 1)}\n`);
