// Brings the members of a load test into a room of Janus (VideoRoom), which it starts. Who sends has one connection, who
// receives another, as Janus wants it. It runs in a network namespace (tests/e2e/namespace.sh), so that it is on loopback. Janus is the passive side of DTLS, so that AES-GCM is chosen.
// Use: incamera load … -- node bench/janus.mjs LOOPS [WORDS in front of its command…]
//      LOOPS: event loops; 0: a thread for each connection, as it is packaged

import { randomBytes } from 'node:crypto';
import { createInterface } from 'node:readline';
import { Janus } from './lib/janus.mjs';

const [loops, ...within] = process.argv.slice(2);
const ROOM = 4321;
const PAYLOAD_TYPE = 96;
const IDS = { mid: 4, transport_cc: 3 };
const TRANSPORT_CC = 'http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01';
const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);

/** Our side of a connection; `sections`: { mid, lines }. It is found by its checks, so its candidate leads nowhere. */
function describe({ ufrag, pwd }, fingerprint, sections) {
  const head = ['v=0', 'o=- 1 1 IN IP4 127.0.0.1', 's=-', 't=0 0', `a=group:BUNDLE ${sections.map(({ mid }) => mid).join(' ')}`];
  const each = sections.flatMap(({ mid, lines }) => [
    `m=video 9 UDP/TLS/RTP/SAVPF ${PAYLOAD_TYPE}`,
    'c=IN IP4 127.0.0.1',
    `a=mid:${mid}`,
    'a=rtcp-mux',
    `a=ice-ufrag:${ufrag}`,
    `a=ice-pwd:${pwd}`,
    `a=fingerprint:sha-256 ${fingerprint}`,
    'a=setup:active',
    `a=rtpmap:${PAYLOAD_TYPE} VP8/90000`,
    ...['ccm fir', 'nack', 'nack pli', 'transport-cc'].map((feedback) => `a=rtcp-fb:${PAYLOAD_TYPE} ${feedback}`),
    ...lines,
    'a=candidate:1 1 udp 2130706431 127.0.0.1 9 typ host',
    'a=end-of-candidates',
  ]);
  return [...head, ...each, ''].join('\r\n');
}

/** Janus's side. */
function readDescription(sdp) {
  const value = (name) => new RegExp(`^a=${name}:(.*?)\\r?$`, 'm').exec(sdp)?.[1];
  const [, address, port] = /^a=candidate:\S+ 1 udp \d+ ([0-9.]+) (\d+) typ host/im.exec(sdp);
  const fingerprint = value('fingerprint').split(' ')[1];
  const sections = sdp.split(/^m=/m).slice(1).map((text) => ({
    mid: /^a=mid:(\S+)/m.exec(text)[1],
    ssrc: Number(/^a=ssrc:(\d+) /m.exec(text)?.[1] ?? 0),
  }));
  return { address, port: Number(port), transport: { ufrag: value('ice-ufrag'), pwd: value('ice-pwd'), fingerprint }, sections };
}

async function publish(janus, member, fingerprint) {
  const handle = await janus.attach();
  const joined = await janus.ask(handle, { request: 'join', ptype: 'publisher', room: ROOM });
  const lines = [
    'a=sendonly',
    `a=extmap:${IDS.mid} urn:ietf:params:rtp-hdrext:sdes:mid`,
    `a=extmap:${IDS.transport_cc} ${TRANSPORT_CC}`,
    `a=ssrc:${member.ssrc} cname:load`,
  ];
  const offer = { type: 'offer', sdp: describe(member, fingerprint, [{ mid: '0', lines }]) };
  const { jsep } = await janus.ask(handle, { request: 'configure', video: true, bitrate: 0 }, offer);
  return { handle, feed: joined.plugindata.data.id, ...readDescription(jsep.sdp) };
}

async function subscribe(janus, member, fingerprint, feeds) {
  const handle = await janus.attach();
  const streams = feeds.map((feed) => ({ feed }));
  const { jsep } = await janus.ask(handle, { request: 'join', ptype: 'subscriber', room: ROOM, streams });
  const theirs = readDescription(jsep.sdp);
  const sections = theirs.sections.map(({ mid }) => ({ mid, lines: ['a=recvonly'] }));
  await janus.ask(handle, { request: 'start' }, { type: 'answer', sdp: describe(member, fingerprint, sections) });
  return theirs;
}

const baseKey = randomBytes(16).toString('base64url');
const placeOf = ({ address, port, transport }, more) => ({ type: 'member', address, port, transport, ...more, base_key: baseKey });

async function bring(janus, { kind, fingerprint, members }) {
  if (kind !== 'video' || members.some(({ sends, slots }) => sends && slots > 0))
    throw new Error('here nobody both sends and receives: take shape V, T or L');
  await janus.start();
  await janus.ask(await janus.attach(), { request: 'create', room: ROOM, publishers: 50, bitrate: 0, videocodec: 'vp8' });
  const feeds = [];
  for (const [i, member] of members.entries()) {
    if (!member.sends) {
      const place = await subscribe(janus, member, fingerprint, feeds.slice(0, member.slots));
      say(placeOf(place, { slots: place.sections.map(({ ssrc }) => ssrc) }));
      continue;
    }
    const place = await publish(janus, member, fingerprint);
    const send = { mid: '0', payload_type: PAYLOAD_TYPE, mid_id: IDS.mid, transport_cc_id: IDS.transport_cc, kid: i * 16 };
    say(placeOf(place, { send, slots: [] }));
    // Nobody can watch who is not connected.
    await janus.event((event) => event.janus === 'webrtcup' && event.sender === place.handle);
    feeds.push(place.feed);
  }
  say({ type: 'ready', server_pid: janus.process.pid });
}

const janus = new Janus({ within, loops: Number(loops ?? 0) });
const lines = createInterface({ input: process.stdin });
const ended = new Promise((resolve) => lines.once('close', resolve));
try {
  await bring(janus, await new Promise((resolve) => lines.once('line', (line) => resolve(JSON.parse(line)))));
  await ended;
} catch (error) {
  say({ type: 'error', text: error.message });
} finally {
  janus.stop();
}
process.exit(0);
