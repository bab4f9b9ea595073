// A meeting over the real server: real MLS by ts-mls, real sockets, the real disk. What the server
// refuses in detail is shown by the unit tests; here it is that both sides understand each other.
import assert from 'node:assert/strict';
import { createHash, createPublicKey, verify } from 'node:crypto';
import { test } from 'node:test';
import * as client from './raw_client.mjs';
import { ask, hostLine, originLine, sleep } from './raw_client.mjs';
import { Member, base64url, newMeeting, termsOf } from '../support/member.mjs';

const get = (path) => ask(`GET ${path} HTTP/1.1\r\n${hostLine}\r\n`);

async function make(options) {
  const meeting = newMeeting(await termsOf(client.url.origin), options);
  const { body } = meeting;
  const request =
    `POST /api/v1/meetings HTTP/1.1\r\n${hostLine}${originLine}Content-Type: application/json\r\n` +
    `Content-Length: ${body.length}\r\n\r\n${body}`;
  let answer = await ask(request);
  for (; answer.status === 429; answer = await ask(request)) {
    await sleep(1000 * Number(answer.headers.get('retry-after'))); // another test used them up
  }
  assert.equal(answer.status, 201, answer.body);
  assert.deepEqual(JSON.parse(answer.body), { meeting: meeting.name });
  return meeting;
}

async function fetchBlob(hash) {
  const raw = await client.Raw.open();
  raw.write(`GET /api/v1/blobs/${hash} HTTP/1.1\r\n${hostLine}\r\n`);
  await raw.until(() => raw.received.includes('\r\n\r\n'));
  const head = raw.take(raw.received.indexOf('\r\n\r\n') + 4).toString('latin1');
  assert.match(head, /^HTTP\/1.1 200 /);
  const length = Number(/content-length: (\d+)/i.exec(head)[1]);
  await raw.until(() => raw.received.length >= length);
  const bytes = new Uint8Array(raw.take(length));
  raw.close();
  assert.equal(createHash('sha256').update(bytes).digest('base64url'), hash);
  return bytes;
}

/** RFC 6962 2.1 over the entries that this side has seen. */
function rootOf(entries) {
  const hash = (...parts) => createHash('sha256').update(Buffer.concat(parts)).digest();
  if (entries.length === 1) return hash(Buffer.from([0]), entries[0]);
  let half = 1;
  while (half * 2 < entries.length) half *= 2;
  return hash(Buffer.from([1]), rootOf(entries.slice(0, half)), rootOf(entries.slice(half)));
}

/** C2SP: the note is signed by the key that `waiting` named, and says this root. */
function checkCheckpoint(note, logKey, group, entries) {
  const [name, id, key] = /^([^+]+)\+([0-9a-f]{8})\+(.+)$/.exec(logKey).slice(1);
  const [text, line] = [note.slice(0, note.indexOf('\n\n') + 1), note.slice(note.indexOf('\n\n') + 2)];
  const [origin, size, root] = text.split('\n');
  assert.equal(origin, `${name}/m/${Buffer.from(group).toString('hex')}`);
  assert.equal(Number(size), entries.length);
  assert.equal(root, rootOf(entries).toString('base64'));
  const signed = Buffer.from(line.trim().split(' ')[2], 'base64');
  assert.equal(signed.subarray(0, 4).toString('hex'), id);
  const raw = Buffer.from(key, 'base64').subarray(1);
  const spki = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), raw]);
  const publicKey = createPublicKey({ key: spki, format: 'der', type: 'spki' });
  assert.ok(verify(null, Buffer.from(text), publicKey, signed.subarray(4)));
}

test('begin, let in, remove: all members agree, and so does the log', async () => {
  const meeting = await make({ hasLobby: true });
  const ana = await Member.arrive(client, meeting, { isHost: true });
  assert.equal(ana.heard[0].group, 'none');
  const created = await ana.create();
  const group = ana.state.groupContext.groupId;

  const ben = await Member.arrive(client, meeting);
  assert.deepEqual([ben.heard[0].group, ben.heard[0].host], ['running', true]);
  const knock = await ana.until('knock');
  assert.equal(knock.knock, ben.knock);
  assert.deepEqual(Buffer.from(await fetchBlob(knock.identity)), ben.sealed);
  await ana.commit({ add: [ben] });
  const welcome = await ben.enter(fetchBlob);
  assert.equal(ben.code, ana.code);
  assert.equal(welcome.log.frontier.length, 1); // of one entry, the GroupInfo

  const kim = await Member.arrive(client, meeting);
  await ana.until('knock');
  const commit = await ana.commit({ add: [kim] });
  await ben.until('commit');
  await kim.enter(fetchBlob);
  assert.deepEqual([ben.code, kim.code], [ana.code, ana.code]);

  const key = ana.heard[0].log_key;
  checkCheckpoint(created.log.checkpoint, key, group, ana.entries.slice(0, 1));
  checkCheckpoint(commit.log.checkpoint, key, group, ana.entries);

  for (const member of [ana, ben, kim]) member.say({ type: 'ready', epoch: member.epoch });
  for (const member of [ana, ben, kim]) assert.equal((await member.until('epoch_ready')).epoch, 2);

  await ana.commit({ remove: [ben.leaf] });
  await kim.until('commit');
  assert.equal(kim.code, ana.code);
  assert.equal((await ben.until('error')).code, 'removed');
  assert.ok(ben.types().includes('commit'));
  for (const member of [ana, kim]) member.close();
});

test('a reload takes the place of its old leaf, and a lost socket comes back', async () => {
  const meeting = await make();
  const ana = await Member.arrive(client, meeting);
  await ana.create();
  const ben = await Member.arrive(client, meeting);
  await ana.until('knock');
  await ana.commit({ add: [ben] });
  await ben.enter(fetchBlob);

  const again = await Member.arrive(client, meeting, { replaces: ben.session });
  assert.equal((await ana.until('knock')).replaces, ben.leaf);
  await ana.commit({ add: [again], remove: [ben.leaf] });
  await again.enter(fetchBlob);
  assert.equal(again.code, ana.code);
  assert.equal((await ben.until('error')).code, 'taken_over');

  again.socket.socket.destroy();
  await ana.commit();
  await ana.commit();
  await again.resume(client);
  await ana.commit();
  await again.until('commit');
  assert.equal(again.code, ana.code);
  for (const member of [ana, again]) member.close();
});

test('what is not allowed is refused, and nothing changes', async () => {
  const meeting = await make({ hasLobby: true });
  const ana = await Member.arrive(client, meeting, { isHost: true });
  await ana.create();
  const ben = await Member.arrive(client, meeting);
  await ana.until('knock');
  await ana.commit({ add: [ben] });
  await ben.enter(fetchBlob);
  const eve = await Member.arrive(client, meeting);
  await assert.rejects(ben.commit({ add: [eve] }), /refused not_allowed/);
  const before = base64url(ana.state.groupContext.treeHash);
  await ana.until('knock');
  await ana.commit({ add: [eve] });
  assert.notEqual(base64url(ana.state.groupContext.treeHash), before);
  await eve.enter(fetchBlob);
  for (const member of [ana, ben, eve]) member.close();
});

test('the policy of a meeting is shown before anybody knocks', async () => {
  const meeting = await make({ hasLobby: true });
  const answer = await fetch(`${client.url.origin}/api/v1/policies/${meeting.name}`);
  assert.equal(answer.status, 200);
  assert.deepEqual(Buffer.from(await answer.arrayBuffer()), Buffer.from(meeting.policy));
  const nowhere = newMeeting(await termsOf(client.url.origin));
  assert.equal((await get(`/api/v1/policies/${nowhere.name}`)).status, 404);
});

test('there is no such blob, no such meeting, no issuer, no other node', async () => {
  assert.equal((await get(`/api/v1/blobs/${base64url(Buffer.alloc(32))}`)).status, 404);
  const nowhere = newMeeting(await termsOf(client.url.origin));
  await assert.rejects(Member.arrive(client, nowhere), /error not_found/);
  assert.equal((await get('/api/v1/issuers')).body, '{"issuers":[]}');
  assert.equal((await get('/api/v1/nodes/directory')).body, '{"kept":"node"}');
});
