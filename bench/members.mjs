// Brings the members of a load test into a meeting of In Camera, as people come in: by real MLS commits over the
// server's own signalling, without any way around it. What each needs for its packets goes to `incamera load`,
// line by line (docs/performance.md); then it keeps the sockets until its input ends, or goes on with the meeting.
// Use: incamera load … -- node bench/members.mjs URL [PID of the server, to measure what it uses]

import { createInterface } from 'node:readline';
import * as mls from '../tests/vectors/mls_incamera/mls.mjs';
import { cs } from '../tests/vectors/mls_incamera/people.mjs';
import { base64url, newMeeting, termsOf } from '../tests/support/member.mjs';
import { Guest } from './lib/guest.mjs';
import { LiveMeeting } from './lib/live_meeting.mjs';

const [url, pid] = process.argv.slice(2);
const ADDS = 50; // docs/protocol/signalling.md: of one commit
const NO_END_MS = 2 ** 31 - 1;
const CONTEXT = { audio: 0, video: 1 }; // docs/protocol/encryption.md 9
const CODECS = {
  audio: [{ name: 'opus', payload_type: 111 }],
  video: [{ name: 'vp8', payload_type: 96, rtx_payload_type: 97 }],
};
/** What a member has of each kind, the one that the shape is named by first. */
const KINDS = { audio: ['audio'], video: ['video'], mix: ['video', 'audio'] };
const EXTENSIONS = { mid: 4, transport_cc: 3 };

const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);

/** One who stays for as long as somebody reads. */
class Seat extends Guest {
  async stay() {
    while ((await this.next(NO_END_MS)) !== undefined);
  }

  async take(ms) {
    const message = await super.take(ms);
    if (message?.type === 'commit') await this.onCommit?.();
    return message;
  }

  /** { mid, kind, direction, … } of what it sends and of the slots that it opens. */
  sections(kinds, { sends, slots }) {
    const sources = { audio: { source: 'microphone' }, video: { source: 'camera', rids: [] } };
    const each = (mid, kind, other) => ({ mid: String(mid), kind, codecs: CODECS[kind], ...other });
    const receive = { direction: 'receive', extensions: { mid: EXTENSIONS.mid } };
    return kinds.flatMap((kind, k) => [
      ...(sends ? [each(k, kind, { direction: 'send', ...sources[kind], extensions: EXTENSIONS })] : []),
      ...Array.from({ length: slots }, (_, i) => each(kinds.length + k * slots + i, kind, receive)),
    ]);
  }

  async join({ kind, fingerprint }, place) {
    const { ufrag, pwd, sends } = place;
    const kinds = KINDS[kind];
    const media = { microphone: sends && kinds.includes('audio'), camera: sends && kinds.includes('video') };
    this.say({ type: 'join', transport: { ufrag, pwd, fingerprint }, sections: this.sections(kinds, place), media });
    return this.until('joined');
  }

  /** What the frames of a source of this member are sealed with, and everybody's key is made of. */
  async sframe(kinds) {
    const { keySchedule, groupContext, ratchetTree } = this.state;
    const key = await mls.mlsExporter(keySchedule.exporterSecret, 'SFrame 1.0 Base Key', new Uint8Array(), 16, cs);
    const leaves = (ratchetTree.length + 1) / 2;
    const bits = Math.max(1, Math.ceil(Math.log2(leaves)));
    const kids = kinds.map((kind) => CONTEXT[kind] * 2 ** (bits + 4) + this.leaf * 16 + Number(groupContext.epoch % 16n));
    return { key: base64url(key), kids };
  }
}

async function makeMeeting() {
  const meeting = newMeeting(await termsOf(url));
  const headers = { 'content-type': 'application/json', origin: url };
  const answer = await fetch(`${url}/api/v1/meetings`, { method: 'POST', headers, body: meeting.body });
  if (answer.status !== 201) throw new Error(`no meeting: ${answer.status} ${await answer.text()}`);
  return meeting;
}

async function fetchBlob(hash) {
  const answer = await fetch(`${url}/api/v1/blobs/${hash}`);
  if (!answer.ok) throw new Error(`no blob: ${answer.status}`);
  return new Uint8Array(await answer.arrayBuffer());
}

/** The first one begins the group and lets all others in. */
async function gather(client, meeting, count) {
  const first = await Seat.arrive(client, meeting);
  await first.create();
  const seats = [first];
  while (seats.length < count) {
    const add = [];
    while (add.length < ADDS && seats.length + add.length < count) add.push(await Seat.arrive(client, meeting));
    const inside = seats.slice(1).map((seat) => seat.until('commit'));
    await first.commit({ add });
    await Promise.all([...inside, ...add.map((seat) => seat.enter(fetchBlob))]);
    seats.push(...add);
  }
  if (new Set(seats.map(({ code }) => code)).size !== 1) throw new Error('the members do not agree on the group');
  return seats;
}

async function placeOf(seat, request, place) {
  const joined = await seat.join(request, place);
  const { transport, slots } = joined;
  const [{ address, port }] = transport.candidates;
  const { ufrag, pwd, fingerprint } = transport;
  const kinds = KINDS[request.kind];
  const { key, kids } = await seat.sframe(kinds);
  const { mid: mid_id, transport_cc: transport_cc_id } = EXTENSIONS;
  const sends = kinds.map((kind, k) => ({ mid: String(k), payload_type: CODECS[kind][0].payload_type, mid_id, transport_cc_id, kid: kids[k] }));
  const ssrcs = slots.map(({ ssrc }) => ssrc);
  const line = {
    type: 'member',
    address,
    port,
    transport: { ufrag, pwd, fingerprint },
    ...(place.sends && { send: sends[0] }),
    slots: ssrcs.slice(0, place.slots),
    ...(kinds.length > 1 && { ...(place.sends && { sound_send: sends[1] }), sound_slots: ssrcs.slice(place.slots) }),
    epoch: seat.epoch,
    base_key: key,
  };
  return { line, joined };
}

const lines = createInterface({ input: process.stdin });
const ended = new Promise((resolve) => lines.once('close', resolve));

function fail(error) {
  say({ type: 'error', text: error.message });
  process.exit(0);
}

/** All of them as they are; resolves with a function that tells who is there. */
async function bring(request) {
  process.env.IC_TEST_URL = url;
  const client = await import('../tests/http/raw_client.mjs');
  const meeting = await makeMeeting();
  const seats = await gather(client, meeting, request.members.length);
  const ready = { type: 'ready', ...(pid && { server_pid: Number(pid) }) };
  if (!request.live) {
    for (const [i, seat] of seats.entries()) say((await placeOf(seat, request, request.members[i])).line);
    seats.forEach((seat) => void seat.stay());
    say(ready);
    return () => seats;
  }
  const arrive = () => Seat.arrive(client, meeting);
  const place = (seat, each) => placeOf(seat, request, each);
  const live = new LiveMeeting({ kinds: KINDS[request.kind], arrive, place, fetchBlob, say, fail });
  for (const [i, seat] of seats.entries()) await live.enter(i, seat, request.members[i]);
  say(ready);
  live.begin();
  lines.on('line', (line) => live.hear(JSON.parse(line)));
  return () => [...live.all()];
}

const request = await new Promise((resolve) => lines.once('line', (line) => resolve(JSON.parse(line))));
try {
  const present = await bring(request);
  await ended;
  present().forEach((seat) => seat.say({ type: 'leave' }));
  await new Promise((resolve) => setTimeout(resolve, 100));
} catch (error) {
  fail(error);
}
process.exit(0);
