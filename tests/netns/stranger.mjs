// A stranger on the network: sprays the media port and counts what comes back. Runs in a namespace
// of its own. Use: stranger.mjs ADDRESS PORT SECONDS PER_SECOND

import { createSocket } from 'node:dgram';
import { randomBytes, randomInt } from 'node:crypto';

const [address, port, seconds, perSecond] = [process.argv[2], ...process.argv.slice(3).map(Number)];

/** A DTLS 1.2 ClientHello that offers no suite but NULL, the one that raced others' handshakes. */
function clientHello() {
  const body = Buffer.concat([Buffer.from([0xfe, 0xfd]), randomBytes(32), Buffer.from([0, 0, 0, 2, 0, 0, 1, 0])]);
  const handshake = Buffer.concat([Buffer.from([1, 0, 0, body.length, 0, 0, 0, 0, 0, 0, 0, body.length]), body]);
  return Buffer.concat([Buffer.from([22, 0xfe, 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0, handshake.length]), handshake]);
}

function rtp() {
  const bytes = randomBytes(randomInt(13, 1200));
  bytes[0] = 0x80;
  bytes[1] = [96, 111, 97][randomInt(3)];
  return bytes;
}

/** A Binding request with a made-up name and a random integrity code. */
function binding() {
  const name = Buffer.from(`${randomBytes(9).toString('base64url')}:abcd`);
  const padded = Buffer.concat([name, Buffer.alloc((4 - (name.length % 4)) % 4)]);
  const attributes = Buffer.concat([
    Buffer.from([0, 6, 0, name.length]), padded,
    Buffer.from([0, 0x24, 0, 4, 1, 2, 3, 4]), Buffer.from([0, 0x25, 0, 0]),
    Buffer.from([0, 8, 0, 20]), randomBytes(20),
  ]);
  const head = Buffer.alloc(20);
  head.writeUInt16BE(1, 0);
  head.writeUInt16BE(attributes.length, 2);
  head.writeUInt32BE(0x2112a442, 4);
  randomBytes(12).copy(head, 8);
  return Buffer.concat([head, attributes]);
}

/** A Binding request with no credentials at all: what a public STUN server would answer. */
function anonymous() {
  const head = Buffer.alloc(20);
  head.writeUInt16BE(1, 0);
  head.writeUInt32BE(0x2112a442, 4);
  randomBytes(12).copy(head, 8);
  return head;
}

const makers = [clientHello, rtp, binding, anonymous, () => randomBytes(randomInt(0, 1472))];
const socket = createSocket('udp4');
const result = { sent: 0, received: 0 };
socket.on('message', (bytes) => { result.received += bytes.length; });
const end = Date.now() + seconds * 1000;
const timer = setInterval(() => {
  if (Date.now() >= end) {
    clearInterval(timer);
    setTimeout(() => { console.log(JSON.stringify(result)); socket.close(); }, 500);
    return;
  }
  for (let i = 0; i < perSecond / 100; i++) {
    socket.send(makers[result.sent % makers.length](), port, address, () => {});
    result.sent++;
  }
}, 10);
