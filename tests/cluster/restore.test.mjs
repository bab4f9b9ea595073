// A node is lost, and the members of its meetings bring them to another one, which has never heard of them.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { Lab, NODES, hostOf, pause, until } from './lib/lab.mjs';
import { clientOf, knock } from './lib/people.mjs';
import { blobOf, checkHead, commit, gather, isAt, isBack, refusal, restored } from './lib/calls.mjs';
import { lookUp } from './lib/entry.mjs';

const CUT_BINARY = resolve(process.env.TEST_CUT_BINARY ?? 'build/release/incamera_cut');
const GROUP = 4242; // of the sockets of fr1, by which a rule of nft knows them
const lab = new Lab({ nodes: { ...NODES, fr1: { ...NODES.fr1, within: ['setpriv', `--regid=${GROUP}`, '--clear-groups'] } } });
const { fr1, de1, us1 } = lab.nodes;
const cutFile = join(lab.folder, 'cut');
fr1.variables = { IC_TEST_CUT: cutFile };

before(() => lab.start());
after(() => lab.end());

test('kill -9: two members bring the meeting to a node that has never heard of it, and back again', async () => {
  const { meeting, members } = await gather(lab, fr1, 3);
  const [ana, ben, cem] = members;
  const before = await lookUp(lab.bus, meeting);
  const old = { session: ana.session, epoch: ana.epoch };
  await fr1.end('SIGKILL');
  const killed = Date.now();
  const mine = await restored(ana, de1);
  console.log(`figures: restored ${Date.now() - killed} ms after kill -9`);
  assert.ok(Date.now() - killed < 4000, `${Date.now() - killed} ms`);
  assert.deepEqual([mine.leaf, mine.epoch], [ana.leaf, ana.epoch]);
  assert.ok(mine.log_key.startsWith(`${hostOf('de1')}+`));
  checkHead(ana, mine.log);
  const entry = await lookUp(lab.bus, meeting);
  assert.ok(isAt(entry, de1));
  assert.equal(entry.generation, before.generation + 1n);
  assert.equal((await refusal(cem, us1)).reason, 'no_node_in_region');
  const his = await restored(ben, de1);
  assert.deepEqual([his.leaf, his.epoch], [ben.leaf, ben.epoch]);
  const { log } = await commit(ana);
  checkHead(ana, log);
  await ben.until('commit');
  assert.equal(ben.code, ana.code);
  const late = await knock(de1, meeting); // and somebody new finds it running
  assert.equal(late.error, undefined);
  await commit(ana, { add: [late.member] });
  await late.member.enter(blobOf(de1));
  await ben.until('commit');
  assert.equal(late.member.code, ana.code);

  await isBack(fr1);
  await until(async () => { // neither the old session nor the old group opens anything there
    ana.resumed = undefined;
    const socket = await (await clientOf(fr1)).Socket.open();
    socket.write(ana.frame(ana.OPCODE.TEXT, JSON.stringify({ type: 'resume', version: 2, meeting: meeting.name, session: old.session, log_size: old.epoch + 1 })));
    const { code, reason } = JSON.parse((await socket.next(8000)).payload);
    assert.equal(code, 'node_refused');
    assert.match(reason, /^(lease_expired|taken_over)$/);
    return reason === 'taken_over';
  }, () => 'fr1 does not know that it lost it');
  assert.equal((await refusal(cem, fr1)).reason, 'taken_over');
  assert.equal((await lookUp(lab.bus, meeting)).generation, before.generation + 1n);

  await de1.end('SIGKILL'); // now fr1 gets it back: not with the group that it still has on its disk
  const back = await restored(ana, fr1);
  assert.deepEqual([back.leaf, back.epoch], [ana.leaf, ana.epoch]);
  assert.ok(back.epoch > old.epoch);
  checkHead(ana, back.log);
  await restored(ben, fr1);
  await restored(late.member, fr1);
  await commit(ben);
  await ana.until('commit');
  await late.member.until('commit');
  assert.deepEqual([ana.code, late.member.code], [ben.code, ben.code]);
  const last = await lookUp(lab.bus, meeting);
  assert.ok(isAt(last, fr1));
  assert.equal(last.generation, before.generation + 2n);
  await isBack(de1);
  for (const member of [...members, late.member]) member.close();
});

test('a node that has only started again goes on with its group, twice', async () => {
  const { members: [ana, ben] } = await gather(lab, fr1, 2);
  for (let i = 0; i < 2; i++) {
    await fr1.end('SIGKILL');
    await isBack(fr1);
    for (const member of [ana, ben]) {
      const { leaf } = await member.resume(await clientOf(fr1));
      assert.equal(leaf, member.leaf);
    }
  }
  await commit(ben);
  await ana.until('commit');
  assert.equal(ana.code, ben.code);
  for (const member of [ana, ben]) member.close();
});

test('kill -9 between writing a commit and telling anybody of it: the group does not fork', async () => {
  await fr1.end('SIGTERM');
  fr1.binary = CUT_BINARY;
  await isBack(fr1);
  const { meeting, members: [ana, ben] } = await gather(lab, fr1, 2);
  writeFileSync(cutFile, '');
  await assert.rejects(ana.commit(), /no commit/); // the last thing that fr1 does is to write it down
  await fr1.ended;
  fr1.child = null;
  fr1.binary = lab.nodes.de1.binary;
  rmSync(cutFile);
  const { epoch } = ana;
  assert.equal((await restored(ana, de1)).epoch, epoch);
  assert.equal((await restored(ben, de1)).epoch, epoch);
  await commit(ben);
  await ana.until('commit');
  assert.equal(ana.code, ben.code);

  await isBack(fr1); // it has another commit of the same epoch
  assert.equal((await refusal(ana, fr1)).reason, 'taken_over');
  await restored(ana, de1);
  await de1.end('SIGKILL');
  const mine = await restored(ana, fr1);
  assert.equal(mine.epoch, epoch + 1);
  checkHead(ana, mine.log);
  assert.equal((await restored(ben, fr1)).epoch, epoch + 1);
  const { log } = await commit(ana);
  checkHead(ana, log);
  await ben.until('commit');
  assert.equal(ana.code, ben.code);
  assert.ok(isAt(await lookUp(lab.bus, meeting), fr1));
  await isBack(de1);
  for (const member of [ana, ben]) member.close();
});

test('kill -9 between writing and telling, and the node comes back first: the commit counts', async () => {
  await fr1.end('SIGTERM');
  fr1.binary = CUT_BINARY;
  await isBack(fr1);
  const { members: [ana, ben] } = await gather(lab, fr1, 2);
  writeFileSync(cutFile, '');
  await assert.rejects(ana.commit(), /no commit/);
  await fr1.ended;
  fr1.child = null;
  fr1.binary = lab.nodes.de1.binary;
  rmSync(cutFile);
  const { epoch } = ana;
  await isBack(fr1);
  const resume = async (member) => {
    const done = member.resume(await clientOf(fr1));
    await done;
    assert.equal(member.epoch, epoch + 1);
  };
  await resume(ana);
  await resume(ben);
  assert.equal(ana.code, ben.code);
  for (const member of [ana, ben]) member.close();
});

/** fr1 hears nothing from the bus, and is not heard; its clients see no change. */
function cutOff() {
  const ports = spawnSync('ss', ['-Htnp', 'dst', '10.77.2.0/24'], { encoding: 'utf8' }).stdout.split('\n')
    .filter((line) => line.includes(`pid=${fr1.child.pid},`)).map((line) => /:(\d+)\s+10\.77\.2\./.exec(line)[1]);
  assert.ok(ports.length > 0, 'fr1 is on the bus');
  const rules = `table ip cut {
    chain out { type filter hook output priority 0;
      meta skgid ${GROUP} ip daddr 10.77.2.0/24 drop
    }
    chain in { type filter hook input priority 0;
      ip saddr 10.77.2.0/24 tcp dport { ${ports.join(', ')} } drop
    }
  }`;
  const done = spawnSync('nft', ['-f', '-'], { input: rules, encoding: 'utf8' });
  assert.equal(done.status, 0, done.stderr);
}

const heal = () => assert.equal(spawnSync('nft', ['delete', 'table', 'ip', 'cut']).status, 0);

test('both nodes are alive, and one of them is cut off: never do both write commits', async () => {
  const { meeting, members: [ana, ben, cem] } = await gather(lab, fr1, 3);
  const before = await lookUp(lab.bus, meeting);
  cutOff();
  const cut = Date.now();
  let last = 0; // commit that fr1 has written
  let first = Infinity; // ... that de1 has
  let isOver = false;
  const hammer = (async () => { // ana stays, and commits as often as she may
    while (!isOver) {
      await ana.commit().then(() => (last = Date.now()), (error) => assert.match(error.message, /refused busy/));
      await pause(150);
    }
  })();
  try {
    ben.close(); // he has lost fr1, and so has cem
    cem.close();
    await restored(ben, de1);
    await restored(cem, de1);
    await commit(ben);
    first = Date.now();
    await cem.until('commit');
    await pause(2000);
  } finally {
    isOver = true;
    await hammer.finally(heal);
  }
  console.log(`figures: cut off, the last commit there after ${last - cut} ms, the first one elsewhere after ${first - cut} ms`);
  assert.ok(last > cut && last < first, `${last - cut} ${first - cut}`);
  const entry = await lookUp(lab.bus, meeting);
  assert.ok(isAt(entry, de1));
  assert.equal(entry.generation, before.generation + 1n);

  const { code, reason } = await until(async () => { // fr1 hears of it, and ends the meeting
    const message = await ana.next(20000);
    return message?.type === 'error' && message;
  }, () => 'not ended', 30000);
  assert.deepEqual([code, reason], ['node_refused', 'taken_over']);
  const { restored: told, error } = await ana.restore(await clientOf(de1), hostOf('de1'));
  if (told) assert.notDeepEqual([told.epoch, told.log.checkpoint.split('\n')[2]], [ana.epoch, Buffer.from(ana.log.root()).toString('base64')]);
  else assert.equal(error.code, 'session_unknown'); // she has commits that nobody else has, and comes in anew
  assert.equal(ben.code, cem.code);
  await commit(cem);
  await ben.until('commit');
  assert.equal(ben.code, cem.code);
  for (const node of Object.values(lab.nodes)) assert.doesNotMatch(node.log, /region_violation|AddressSanitizer|runtime error/);
  for (const member of [ana, ben, cem]) member.close();
});
