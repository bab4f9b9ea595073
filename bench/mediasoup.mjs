// Brings the members of a load test into a router of mediasoup, whose worker it starts (scripts/bench_peers.sh has built
// it): one worker, one plain transport a member, with SRTP under keys from here, without ICE and DTLS. NACK and
// transport-wide feedback as browsers negotiate them with it.
// Use: incamera load … -- node bench/mediasoup.mjs [WORDS in front of its worker's command…]

import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { PEERS_FOLDER } from './lib/peers.mjs';

const within = process.argv.slice(2);
const PAYLOAD_TYPE = 96;
const IDS = { mid: 4, transport_cc: 3 };
const SUITE = 'AEAD_AES_128_GCM';
const KEY_LEN = 16;
const SALT_LEN = 12;
const LISTEN = { protocol: 'udp', ip: '127.0.0.1' };
const PORTS = { rtcMinPort: 30000, rtcMaxPort: 39999 };
const VP8 = { kind: 'video', mimeType: 'video/VP8', clockRate: 90000 };
const FEEDBACK = [{ type: 'nack' }, { type: 'nack', parameter: 'pli' }, { type: 'ccm', parameter: 'fir' }];
const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);
const base64url = (bytes) => Buffer.from(bytes).toString('base64url');

/** mediasoup starts its worker itself, by one path: so the words in front of it stand in a script. */
async function startWorker(folder) {
  const script = join(folder, 'worker');
  const words = [...within, join(PEERS_FOLDER, 'mediasoup/mediasoup-worker')].map((word) => `'${word.replaceAll("'", "'\\''")}'`);
  writeFileSync(script, `#!/bin/sh\nexec ${words.join(' ')} "$@"\n`);
  chmodSync(script, 0o700);
  process.env.MEDIASOUP_WORKER_BIN = script;
  const mediasoup = createRequire(join(PEERS_FOLDER, 'package.json'))('mediasoup');
  return mediasoup.createWorker({ logLevel: 'none', ...PORTS });
}

/** Where it listens only learns who is there from the first packet. */
async function open(router) {
  const options = { listenInfo: LISTEN, rtcpMux: true, comedia: true, enableSrtp: true, srtpCryptoSuite: SUITE };
  const transport = await router.createPlainTransport(options);
  const own = randomBytes(KEY_LEN + SALT_LEN);
  await transport.connect({ srtpParameters: { cryptoSuite: SUITE, keyBase64: own.toString('base64') } });
  const theirs = Buffer.from(transport.srtpParameters.keyBase64, 'base64');
  const srtp = {
    send_key: base64url(own.subarray(0, KEY_LEN)),
    send_salt: base64url(own.subarray(KEY_LEN)),
    receive_key: base64url(theirs.subarray(0, KEY_LEN)),
    receive_salt: base64url(theirs.subarray(KEY_LEN)),
  };
  return { transport, place: { address: LISTEN.ip, port: transport.tuple.localPort, srtp } };
}

const produce = (transport, ssrc) =>
  transport.produce({
    kind: 'video',
    rtpParameters: {
      mid: '0',
      codecs: [{ mimeType: VP8.mimeType, clockRate: VP8.clockRate, payloadType: PAYLOAD_TYPE, rtcpFeedback: [...FEEDBACK, { type: 'transport-cc' }] }],
      headerExtensions: [
        { uri: 'urn:ietf:params:rtp-hdrext:sdes:mid', id: IDS.mid },
        { uri: 'http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01', id: IDS.transport_cc },
      ],
      encodings: [{ ssrc }],
      rtcp: { cname: 'load' },
    },
  });

/** Without transport-wide feedback, which the load does not give: nothing shall hold its stream back. */
const consume = (transport, producerId) =>
  transport.consume({
    producerId,
    rtpCapabilities: { codecs: [{ ...VP8, preferredPayloadType: PAYLOAD_TYPE, rtcpFeedback: FEEDBACK }], headerExtensions: [] },
  });

const baseKey = base64url(randomBytes(16));

async function bring(worker, { kind, members }) {
  if (kind !== 'video' || members.some(({ sends, slots }) => sends && slots > 0))
    throw new Error('here nobody both sends and receives: take shape V, T or L');
  const router = await worker.createRouter({ mediaCodecs: [{ ...VP8, rtcpFeedback: FEEDBACK }] });
  const producers = [];
  for (const [i, { sends, ssrc, slots }] of members.entries()) {
    const { transport, place } = await open(router);
    const line = { type: 'member', ...place, base_key: baseKey };
    if (sends) {
      producers.push(await produce(transport, ssrc));
      const send = { mid: '0', payload_type: PAYLOAD_TYPE, mid_id: IDS.mid, transport_cc_id: IDS.transport_cc, kid: i * 16 };
      say({ ...line, send, slots: [] });
      continue;
    }
    const consumers = [];
    for (const { id } of producers.slice(0, slots)) consumers.push(await consume(transport, id));
    say({ ...line, slots: consumers.map(({ rtpParameters }) => rtpParameters.encodings[0].ssrc) });
  }
  say({ type: 'ready', server_pid: worker.pid });
}

const folder = mkdtempSync(join(tmpdir(), 'incamera-mediasoup-'));
const lines = createInterface({ input: process.stdin });
const ended = new Promise((resolve) => lines.once('close', resolve));
let worker;
try {
  const request = await new Promise((resolve) => lines.once('line', (line) => resolve(JSON.parse(line))));
  worker = await startWorker(folder);
  await bring(worker, request);
  await ended;
} catch (error) {
  say({ type: 'error', text: error.message });
} finally {
  worker?.close();
  rmSync(folder, { recursive: true, force: true });
}
process.exit(0);
