// Raw sockets for tests of the HTTP and WebSocket server: bytes out, bytes in, nothing repaired.
// IC_TEST_URL says where the server is, such as http://localhost:8080.
import { connect as connectTcp } from 'node:net';
import { connect as connectTls } from 'node:tls';

const text = process.env.IC_TEST_URL;
if (text === undefined) {
  console.error(
    'Set IC_TEST_URL to the address of a running server, such as http://localhost:8080',
  );
  process.exit(2);
}
export const url = new URL(text);
export const isTls = url.protocol === 'https:';
const port = Number(url.port || (isTls ? 443 : 80));
const host = url.hostname.replace(/^\[|\]$/g, '');
const WAIT_MS = 15000;

export const OPCODE = { CONTINUATION: 0, TEXT: 1, BINARY: 2, CLOSE: 8, PING: 9, PONG: 10 };

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** One connection; `received` grows, `ended` says that the server sent its end or a reset. */
export class Raw {
  received = Buffer.alloc(0);
  ended = false;
  #wake = () => {};

  static async open({ plain = false } = {}) {
    const raw = new Raw();
    const options = { host, port, rejectUnauthorized: false, servername: 'localhost' };
    raw.socket = isTls && !plain ? connectTls(options) : connectTcp(options);
    raw.socket.setNoDelay(true);
    await new Promise((resolve, reject) => {
      raw.socket.once(isTls && !plain ? 'secureConnect' : 'connect', resolve);
      raw.socket.once('error', reject);
    });
    raw.socket.removeAllListeners('error');
    const note = (ended) => {
      raw.ended ||= ended;
      raw.#wake();
    };
    raw.socket.on('data', (bytes) => {
      raw.received = Buffer.concat([raw.received, bytes]);
      note(false);
    });
    raw.socket.on('end', () => note(true));
    raw.socket.on('close', () => note(true));
    raw.socket.on('error', () => note(true));
    return raw;
  }

  write(bytes) {
    if (!this.socket.destroyed) this.socket.write(bytes);
  }

  /** The same, one byte a segment. */
  async writeBytewise(bytes) {
    for (const byte of bytes) {
      this.write(Buffer.from([byte]));
      await new Promise(setImmediate);
    }
  }

  /** Wait until the condition holds; false: the connection ended, or too late. */
  async until(condition, ms = WAIT_MS) {
    const deadline = Date.now() + ms;
    while (!condition()) {
      const left = deadline - Date.now();
      if (this.ended || left <= 0) return condition();
      await new Promise((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    return true;
  }

  take(length) {
    const bytes = this.received.subarray(0, length);
    this.received = this.received.subarray(length);
    return bytes;
  }

  async ending(ms = WAIT_MS) {
    await this.until(() => this.ended, ms);
    return this.ended;
  }

  close() {
    this.socket.destroy();
  }

  /** The next answer: { status, headers (lower case), body }; undefined when none came. */
  async answer({ hasBody = true } = {}) {
    if (!(await this.until(() => this.received.includes('\r\n\r\n')))) return undefined;
    const head = this.take(this.received.indexOf('\r\n\r\n') + 4).toString('latin1');
    const lines = head.split('\r\n');
    const headers = new Map(
      lines
        .slice(1)
        .filter((line) => line !== '')
        .map((line) => {
          const colon = line.indexOf(':');
          return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
        }),
    );
    const length = hasBody ? Number(headers.get('content-length') ?? 0) : 0;
    await this.until(() => this.received.length >= length);
    return { status: Number(lines[0].split(' ')[1]), headers, body: this.take(length).toString() };
  }

  async ask(request, options) {
    this.write(request);
    return this.answer(options);
  }
}

/** One request on a connection of its own. */
export async function ask(request, options) {
  const raw = await Raw.open();
  try {
    return await raw.ask(request, options);
  } finally {
    raw.close();
  }
}

export const hostLine = `Host: ${url.host}\r\n`;
export const originLine = `Origin: ${url.origin}\r\n`;
export const upgradeRequest =
  `GET /signal HTTP/1.1\r\n${hostLine}${originLine}Connection: Upgrade\r\nUpgrade: websocket\r\n` +
  'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n';

/** A frame as a client sends it; everything can be made wrong. */
export function frame(opcode, payload = '', options = {}) {
  const { fin = true, rsv = 0, mask = Buffer.from([0x5a, 0x17, 0xc3, 0x88]), claimed } = options;
  const bytes = Buffer.from(payload);
  const length = claimed ?? bytes.length;
  const head = [(fin ? 0x80 : 0) | (rsv << 4) | opcode];
  const maskBit = mask === null ? 0 : 0x80;
  if (length < 126) head.push(maskBit | length);
  else if (length < 65536) head.push(maskBit | 126, length >> 8, length & 0xff);
  else {
    const wide = Buffer.alloc(8);
    wide.writeBigUInt64BE(BigInt(length));
    head.push(maskBit | 127, ...wide);
  }
  if (mask === null) return Buffer.concat([Buffer.from(head), bytes]);
  const masked = bytes.map((byte, i) => byte ^ mask[i % 4]);
  return Buffer.concat([Buffer.from(head), mask, masked]);
}

export function closeFrame(code, reason = '') {
  const head = Buffer.alloc(2);
  head.writeUInt16BE(code);
  return frame(OPCODE.CLOSE, Buffer.concat([head, Buffer.from(reason)]));
}

export class Socket extends Raw {
  static async open() {
    const raw = await Raw.open();
    Object.setPrototypeOf(raw, Socket.prototype);
    const answer = await raw.ask(upgradeRequest);
    if (answer?.status !== 101) throw new Error(`upgrade refused: ${answer?.status}`);
    return raw;
  }

  /** The next frame of the server: { opcode, fin, payload, code }; undefined at the end. */
  async next(ms) {
    const has = (length) => this.until(() => this.received.length >= length, ms);
    if (!(await has(2))) return undefined;
    let head = 2;
    let length = this.received[1];
    if (length >= 128) throw new Error('the server must not mask');
    if (length === 126) {
      head = 4;
      if (!(await has(head))) return undefined;
      length = this.received.readUInt16BE(2);
    } else if (length === 127) {
      head = 10;
      if (!(await has(head))) return undefined;
      length = Number(this.received.readBigUInt64BE(2));
    }
    if (!(await has(head + length))) return undefined;
    const first = this.received[0];
    this.take(head);
    const payload = Buffer.from(this.take(length));
    const opcode = first & 15;
    const code = opcode === OPCODE.CLOSE && length >= 2 ? payload.readUInt16BE(0) : undefined;
    return { opcode, fin: first >= 128, rsv: (first >> 4) & 7, payload, code };
  }

  /** All frames up to and with the close, or up to the end. */
  async rest() {
    const frames = [];
    for (;;) {
      const next = await this.next();
      if (next === undefined) return frames;
      frames.push(next);
      if (next.opcode === OPCODE.CLOSE) return frames;
    }
  }
}
