// Papers of a node in Germany that name another country, none, or something that is no country: signed by the
// real keys of the operator, and in the log. The node carries nothing for France and Germany any more; the
// one in France goes on.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, test } from 'node:test';

import { until } from '../../cluster/lib/lab.mjs';
import { CarelessOperator } from './operator.mjs';
import { bring, pause, refusedAt } from './people.mjs';
import { areUnharmed, begin, figures, gather, lab, nothingAbroad, packets } from './stage.mjs';

const { fr1, de1 } = lab.nodes;
const operator = new CarelessOperator(lab);
const OTHERS = ['fr1.txt', 'us1.txt', 'cn1.txt'];
let serial = lab.setSerial();
let certificates = 0;
/** A node reads what has changed when it is told. */
const HAND_MS = 1500;

/** The operator lists these certificates of de1, and de1 registers anew: it starts with the last one. */
async function show(files, country) {
  await de1.end('SIGTERM');
  lab.install(de1, files.at(-1));
  lab.hand(operator.list([...OTHERS, ...files], ++serial));
  de1.country = country;
  await de1.start();
  await pause(HAND_MS);
}

const isRefused = async (meeting) => {
  const { error, isIn } = await refusedAt(de1, meeting, 'Nobody', { isBack: true }).catch(() => ({}));
  return isIn === false && error ? error.reason : undefined;
};

/** Nobody gets in at de1, and nothing of media passes its cable. The reason. */
async function carriesNothing(reasons) {
  const before = packets.counted();
  const meeting = await begin(fr1);
  assert.equal(await bring(de1, meeting), 201);
  let reason;
  await until(async () => reasons.includes((reason = await isRefused(meeting))), () => `${reason}:\n${de1.log.slice(-2000)}`, 20000);
  await pause(500);
  const { udp4, udp6 } = (await packets.since(before, ['de1'])).de1;
  assert.deepEqual({ udp4, udp6 }, { udp4: 0, udp6: 0 }, 'media at de1');
  return reason;
}

afterEach(async () => {
  await show([operator.certify(de1, `de1-${++certificates}`, 'DE')], 'DE'); // the control: it can sign what is right
  await until(async () => {
    const { isIn } = await refusedAt(de1, await begin(de1)).catch(() => ({}));
    if (!isIn) await pause(3000); // so many meetings an address may make
    return isIn;
  }, () => `still not:\n${de1.log.slice(-2000)}`, 60000);
});

/** reasons: that may be heard at de1 */
const story = (name, reasons, play) => test(name, async () => {
  const { people } = await gather(fr1, 2);
  await play();
  figures[name] = await carriesNothing(reasons);
  await areUnharmed(people);
  await nothingAbroad();
});

story('two certificates of one node, for Germany and for the United States', ['region_conflict', 'no_node_in_region'], () =>
  show([operator.certify(de1, 'de1-two', 'DE'), operator.certify(de1, 'de1-also', 'US')], 'US'));

story('a node that registers anew, with the United States as its country', ['no_node_in_region'], () => show([operator.certify(de1, 'de1-us', 'US')], 'US'));

const MALFORMED = { missing: null, empty: '', unknown: 'XX', 'of small letters': 'de', 'of three letters': 'DEU', 'of two countries': 'DE FR', 'a group': 'EU' };

for (const [what, region] of Object.entries(MALFORMED))
  story(`a certificate whose country is ${what}`, ['node_set_missing', 'not_in_set'], async () => {
    const name = `de1-${++certificates}`;
    const facts = lab.run('node', 'facts', ...de1.settings).replace(/^region-groups .*\n/m, '');
    writeFileSync(join(lab.folder, `${name}-unsigned.txt`), facts.replace(/^region .*\n/m, region === null ? '' : `region ${region}\n`));
    assert.throws(() => lab.run('operator', 'sign-node', '--keys', 'operator-keys.txt', '--key', 'ana.key', `${name}-unsigned.txt`), 'the tool signs no such thing');
    await show([operator.certify(de1, name, 'DE', region)], 'DE');
  });
