// WebSocket conformance after the Autobahn test suite, by its case numbers: groups 1 to 7, 9 and 10.
// Group 8 does not exist; 12 and 13 are about compression, which this server does not offer.
//
//   IC_TEST_URL=http://localhost:8080 node --test tests/http/ws_conformance.mjs
//
// The suite expects an echo server without limits. Ours takes text only, at most 128 KiB a message,
// and what it answers to nonsense is an error message. So "delivered" means: a whole text frame came
// back, either the same text (echo server) or a JSON object with a type (signalling). Binary
// messages must be failed with 1003, longer ones with 1009.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { closeFrame, frame, OPCODE, sleep, Socket } from './raw_client.mjs';

const { CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG } = OPCODE;
const PROTOCOL = 1002;
const NOT_TEXT = 1003;
const NOT_UTF8 = 1007;
const TOO_BIG = 1009;
const MESSAGE_MAX = 131072;
const PAUSE_MS = 60;

async function withSocket(run) {
  const socket = await Socket.open();
  try {
    await run(socket);
  } finally {
    socket.close();
  }
}

const nothing = (expected) => assert.fail(`the connection ended, expected ${expected}`);

function assertDelivered(received, text) {
  assert.ok(received !== undefined || nothing('an answer'));
  assert.equal(received.opcode, TEXT, `opcode ${received.opcode}, code ${received.code}`);
  assert.ok(received.fin && received.rsv === 0);
  if (received.payload.equals(Buffer.from(text))) return;
  assert.equal(typeof JSON.parse(received.payload.toString()).type, 'string');
}

/** The server fails the connection with this code and ends it; pongs and messages may come before. */
async function assertFails(socket, code) {
  const frames = await socket.rest();
  const last = frames.at(-1);
  assert.equal(last?.opcode, CLOSE, 'no close frame');
  assert.equal(last.code, code);
  assert.ok(await socket.ending(), 'the connection stays open');
  return frames.slice(0, -1);
}

/** A closing handshake that we begin. */
async function assertCloses(socket, code = 1000) {
  socket.write(closeFrame(code));
  const frames = await socket.rest();
  assert.equal(frames.at(-1)?.opcode, CLOSE);
  assert.equal(frames.at(-1).code, code);
  assert.ok(await socket.ending());
}

const fragments = (parts) =>
  parts.map((part, i) =>
    frame(i === 0 ? TEXT : CONTINUATION, part, { fin: i === parts.length - 1 }),
  );

const cut = (bytes, size) => {
  const whole = Buffer.from(bytes);
  const parts = [];
  for (let at = 0; at < whole.length; at += size) parts.push(whole.subarray(at, at + size));
  return parts;
};

/** These bytes deliver this text. */
function delivers(id, title, text, bytes, { chop = 0 } = {}) {
  test(`${id} ${title}`, () =>
    withSocket(async (socket) => {
      const all = Buffer.concat([bytes].flat());
      if (chop === 0) socket.write(all);
      else if (chop === 1) await socket.writeBytewise(all);
      else for (const part of cut(all, chop)) socket.write(part);
      assertDelivered(await socket.next(), text);
    }));
}

/** These bytes fail the connection. */
function fails(id, title, code, bytes, { chop = 0 } = {}) {
  test(`${id} ${title}`, () =>
    withSocket(async (socket) => {
      const all = Buffer.concat([bytes].flat());
      if (chop === 0) socket.write(all);
      else await socket.writeBytewise(all);
      await assertFails(socket, code);
    }));
}

/** Messages before the fault may have been answered; nothing behind it is. */
function failsLater(id, title, code, bytes) {
  test(`${id} ${title}`, () =>
    withSocket(async (socket) => {
      socket.write(Buffer.concat([bytes].flat()));
      const before = await assertFails(socket, code);
      assert.ok(before.length <= 2 && before.every(({ opcode }) => opcode === TEXT));
    }));
}

describe('1 framing', () => {
  [0, 125, 126, 127, 128, 65535, 65536].forEach((length, i) => {
    const text = '*'.repeat(length);
    delivers(`1.1.${i + 1}`, `text of ${length}`, text, frame(TEXT, text));
  });
  const long = '*'.repeat(65536);
  delivers('1.1.8', 'text of 65536 in chops of 997', long, frame(TEXT, long), { chop: 997 });
  [0, 125, 126, 127, 128, 65535, 65536].forEach((length, i) => {
    const bytes = Buffer.alloc(length, 0xfe);
    fails(`1.2.${i + 1}`, `binary of ${length} is refused`, NOT_TEXT, frame(BINARY, bytes));
  });
});

describe('2 pings and pongs', () => {
  const answersPing = (id, title, payload, { chop = 0 } = {}) =>
    test(`${id} ${title}`, () =>
      withSocket(async (socket) => {
        const bytes = frame(PING, payload);
        if (chop === 1) await socket.writeBytewise(bytes);
        else socket.write(bytes);
        const pong = await socket.next();
        assert.equal(pong?.opcode, PONG);
        assert.deepEqual(pong.payload, Buffer.from(payload));
        await assertCloses(socket);
      }));
  answersPing('2.1', 'ping without payload', '');
  answersPing('2.2', 'ping with text', 'Hello, world!');
  answersPing('2.3', 'ping with bytes', Buffer.from([0, 255, 254, 253, 252, 251, 0, 255]));
  answersPing('2.4', 'ping of 125', Buffer.alloc(125, 0xfe));
  fails('2.5', 'ping of 126', PROTOCOL, frame(PING, Buffer.alloc(126, 0xfe)));
  answersPing('2.6', 'ping of 125, bytewise', Buffer.alloc(125, 0xfe), { chop: 1 });
  for (const [id, payload] of [
    ['2.7', ''],
    ['2.8', 'unsolicited pong payload'],
  ]) {
    test(`${id} unsolicited pong`, () =>
      withSocket(async (socket) => {
        socket.write(frame(PONG, payload));
        await sleep(PAUSE_MS);
        assert.equal(socket.received.length, 0);
        await assertCloses(socket);
      }));
  }
  test('2.9 unsolicited pong, then ping', () =>
    withSocket(async (socket) => {
      socket.write(Buffer.concat([frame(PONG, 'unsolicited'), frame(PING, 'ping payload')]));
      const pong = await socket.next();
      assert.equal(pong?.opcode, PONG);
      assert.equal(pong.payload.toString(), 'ping payload');
      await assertCloses(socket);
    }));
  for (const [id, chop] of [
    ['2.10', 0],
    ['2.11', 1],
  ]) {
    test(`${id} ten pings${chop === 1 ? ', bytewise' : ''}`, () =>
      withSocket(async (socket) => {
        const payloads = Array.from({ length: 10 }, (_, i) => `payload-${i}`);
        const bytes = Buffer.concat(payloads.map((payload) => frame(PING, payload)));
        if (chop === 1) await socket.writeBytewise(bytes);
        else socket.write(bytes);
        for (const payload of payloads) {
          const pong = await socket.next();
          assert.equal(pong?.opcode, PONG);
          assert.equal(pong.payload.toString(), payload);
        }
        await assertCloses(socket);
      }));
  }
});

describe('3 reserved bits', () => {
  const good = frame(TEXT, 'Hello, world!');
  const bad = (rsv, opcode = TEXT, payload = 'Hello, world!') => frame(opcode, payload, { rsv });
  fails('3.1', 'RSV 1', PROTOCOL, bad(1));
  failsLater('3.2', 'text, then RSV 2, then ping', PROTOCOL, [good, bad(2), frame(PING)]);
  failsLater('3.3', 'text, then RSV 3, then ping', PROTOCOL, [good, bad(3), frame(PING)]);
  fails('3.4', 'RSV 4, bytewise', PROTOCOL, bad(4), { chop: 1 });
  fails('3.5', 'binary with RSV 5', PROTOCOL, bad(5, BINARY));
  fails('3.6', 'ping with RSV 6', PROTOCOL, bad(6, PING));
  fails('3.7', 'close with RSV 7', PROTOCOL, bad(7, CLOSE, ''));
});

describe('4 reserved opcodes', () => {
  const groups = [
    ['4.1', [3, 4, 5, 6, 7]],
    ['4.2', [11, 12, 13, 14, 15]],
  ];
  for (const [group, opcodes] of groups) {
    const payloads = ['', 'reserved opcode payload', 'x', 'y', 'z'];
    opcodes.forEach((opcode, i) => {
      fails(`${group}.${i + 1}`, `opcode ${opcode}`, PROTOCOL, frame(opcode, payloads[i]));
      failsLater(`${group}.${i + 1}b`, `text, then opcode ${opcode}, then ping`, PROTOCOL, [
        frame(TEXT, 'Hello, world!'),
        frame(opcode, payloads[i]),
        frame(PING),
      ]);
    });
  }
});

describe('5 fragmentation', () => {
  const open = (opcode, payload) => frame(opcode, payload, { fin: false });
  const two = fragments(['fragment1', 'fragment2']);
  const both = 'fragment1fragment2';
  fails('5.1', 'fragmented ping', PROTOCOL, [open(PING, 'a'), frame(CONTINUATION, 'b')]);
  fails('5.2', 'fragmented pong', PROTOCOL, [open(PONG, 'a'), frame(CONTINUATION, 'b')]);
  delivers('5.3', 'two fragments', both, two);
  delivers('5.4', 'two fragments, chops of 5', both, two, { chop: 5 });
  delivers('5.5', 'two fragments, bytewise', both, two, { chop: 1 });
  for (const [id, chop] of [
    ['5.6', 0],
    ['5.7', 5],
    ['5.8', 1],
  ]) {
    test(`${id} two fragments with a ping between (chop ${chop})`, () =>
      withSocket(async (socket) => {
        const bytes = Buffer.concat([two[0], frame(PING, 'ping payload'), two[1]]);
        if (chop === 0) socket.write(bytes);
        else if (chop === 1) await socket.writeBytewise(bytes);
        else for (const part of cut(bytes, chop)) socket.write(part);
        const pong = await socket.next();
        assert.equal(pong?.opcode, PONG);
        assert.equal(pong.payload.toString(), 'ping payload');
        assertDelivered(await socket.next(), both);
      }));
  }
  const after = frame(TEXT, 'Hello, world!');
  for (const [id, fin] of [
    ['5.9', true],
    ['5.12', false],
  ]) {
    const [group, number] = id.split('.').map(Number);
    const lost = frame(CONTINUATION, 'non-continuation payload', { fin });
    fails(`${id}`, `nothing to continue, fin ${fin}`, PROTOCOL, [lost, after]);
    test(`${group}.${number + 1} the same, frame by frame`, () =>
      withSocket(async (socket) => {
        socket.write(lost);
        await sleep(5);
        socket.write(after);
        await assertFails(socket, PROTOCOL);
      }));
    fails(`${group}.${number + 2}`, 'the same, bytewise', PROTOCOL, [lost, after], { chop: 1 });
  }
  failsLater('5.15', 'two fragments, then nothing to continue', PROTOCOL, [
    ...two,
    open(CONTINUATION, 'fragment3'),
    frame(TEXT, 'fragment4'),
  ]);
  for (const [id, fin] of [
    ['5.16', false],
    ['5.17', true],
  ]) {
    const once = [
      frame(CONTINUATION, 'fragment1', { fin }),
      open(TEXT, 'fragment2'),
      frame(CONTINUATION, 'fragment3'),
    ];
    fails(id, 'nothing to continue, twice', PROTOCOL, [...once, ...once]);
  }
  fails('5.18', 'text inside of text', PROTOCOL, [open(TEXT, 'a'), frame(TEXT, 'b')]);
  for (const [id, chop] of [
    ['5.19', 0],
    ['5.20', 1],
  ]) {
    test(`${id} five fragments, two pings, a pause${chop === 1 ? ', bytewise' : ''}`, () =>
      withSocket(async (socket) => {
        const parts = fragments(['fragment1', 'fragment2', 'fragment3', 'fragment4', 'fragment5']);
        const send = (bytes) => (chop === 1 ? socket.writeBytewise(bytes) : socket.write(bytes));
        await send(Buffer.concat([parts[0], parts[1], frame(PING, 'pongme 1!')]));
        assert.equal((await socket.next())?.payload.toString(), 'pongme 1!');
        await sleep(PAUSE_MS);
        await send(Buffer.concat([parts[2], parts[3], frame(PING, 'pongme 2!'), parts[4]]));
        assert.equal((await socket.next())?.payload.toString(), 'pongme 2!');
        assertDelivered(await socket.next(), 'fragment1fragment2fragment3fragment4fragment5');
      }));
  }
});

// Sequences of Markus Kuhn's UTF-8 decoder test, in the order of the suite's cases 6.5 to 6.23.
const hex = (text) => Buffer.from(text.replaceAll(' ', ''), 'hex');
const range = (from, to) => Array.from({ length: to - from }, (_, i) => from + i);
const kosme = hex('ceba e1bdb9 cf83 cebc ceb5');
const incomplete = [
  'c0',
  'e080',
  'f08080',
  'f8808080',
  'fc80808080',
  'df',
  'efbf',
  'f7bfbf',
  'fbbfbfbf',
  'fdbfbfbfbf',
].map(hex);
const nonCharacters = ['efbfbe', 'efbfbf'].concat(
  ['f0', 'f1', 'f2', 'f3', 'f4'].flatMap((z1) =>
    ['8f', '9f', 'af', 'bf'].flatMap((z2) =>
      (z1 === 'f4' && z2 !== '8f') || (z1 === 'f0' && z2 === '8f')
        ? []
        : [`${z1}${z2}bfbe`, `${z1}${z2}bfbf`],
    ),
  ),
);
const ok = (list) => list.map((bytes) => [true, Buffer.isBuffer(bytes) ? bytes : hex(bytes)]);
const bad = (list) => list.map((bytes) => [false, Buffer.isBuffer(bytes) ? bytes : hex(bytes)]);
const UTF8 = [
  [
    '6.5',
    'valid',
    ok([
      ...['24', 'c2a2', 'e282ac', 'f0a4ada2'].map((middle) =>
        Buffer.concat([Buffer.from('hello'), hex(middle), Buffer.from('world')]),
      ),
      kosme,
    ]),
  ],
  [
    '6.6',
    'prefixes',
    range(1, kosme.length + 1).map((length) => [
      [2, 5, 7, 9, 11].includes(length),
      kosme.subarray(0, length),
    ]),
  ],
  ['6.7', 'first of each length', ok(['00', 'c280', 'e0a080', 'f0908080'])],
  ['6.8', 'first of length 5, 6', bad(['f888808080', 'fc8480808080'])],
  ['6.9', 'last of each length', ok(['7f', 'dfbf', 'efbfbf', 'f48fbfbf'])],
  ['6.10', 'last of length 4, 5, 6', bad(['f7bfbfbf', 'fbbfbfbfbf', 'fdbfbfbfbfbf'])],
  ['6.11', 'boundaries', [...ok(['ed9fbf', 'ee8080', 'efbfbd', 'f48fbfbf']), ...bad(['f4908080'])]],
  [
    '6.12',
    'lonely continuations',
    bad([
      '80',
      'bf',
      '80bf',
      '80bf80',
      '80bf80bf',
      '80bf80bf80',
      '80bf80bf80bf',
      Buffer.from(range(0x80, 0xbf)),
    ]),
  ],
  [
    '6.13',
    'lonely starts',
    bad(
      [
        [0xc0, 0xdf],
        [0xe0, 0xef],
        [0xf0, 0xf7],
        [0xf8, 0xfb],
        [0xfc, 0xfd],
      ].map(([from, to]) => Buffer.from(range(from, to).flatMap((c) => [c, 0x20]))),
    ),
  ],
  ['6.14', 'last byte missing', bad(incomplete)],
  ['6.15', 'incomplete ones joined', bad([Buffer.concat(incomplete)])],
  ['6.16', 'impossible bytes', bad(['fe', 'ff', 'fefeffff'])],
  ['6.17', 'overlong slash', bad(['c0af', 'e080af', 'f08080af', 'f8808080af', 'fc80808080af'])],
  ['6.18', 'overlong maxima', bad(['c1bf', 'e09fbf', 'f08fbfbf', 'f887bfbfbf', 'fc83bfbfbfbf'])],
  ['6.19', 'overlong NUL', bad(['c080', 'e08080', 'f0808080', 'f880808080', 'fc8080808080'])],
  [
    '6.20',
    'surrogates',
    bad(['eda080', 'edadbf', 'edae80', 'edafbf', 'edb080', 'edbe80', 'edbfbf']),
  ],
  [
    '6.21',
    'surrogate pairs',
    bad([
      'eda080edb080',
      'eda080edbfbf',
      'edadbfedb080',
      'edadbfedbfbf',
      'edae80edb080',
      'edae80edbfbf',
      'edafbfedb080',
      'edafbfedbfbf',
    ]),
  ],
  ['6.22', 'non-characters', ok(nonCharacters)],
  ['6.23', 'specials', ok(['efbfb9', 'efbfba', 'efbfbb', 'efbfbc', 'efbfbd', 'efbfbe', 'efbfbf'])],
];

describe('6 UTF-8', () => {
  delivers('6.1.1', 'empty text', '', frame(TEXT));
  delivers('6.1.2', 'three empty fragments', '', fragments(['', '', '']));
  delivers('6.1.3', 'empty, full, empty', 'middle', fragments(['', 'middle', '']));
  const text = 'Hello-µ@ßöäüàá-UTF-8!!';
  delivers('6.2.1', 'one frame', text, frame(TEXT, text));
  delivers('6.2.2', 'cut between characters', text, fragments(['Hello-µ@ßöä', 'üàá-UTF-8!!']));
  delivers('6.2.3', 'fragments of one byte', text, fragments(cut(text, 1)));
  delivers('6.2.4', 'kosme in fragments of one byte', kosme, fragments(cut(kosme, 1)));
  const [start, surrogate, beyond, end] = [kosme, hex('eda080'), hex('f4908080'), 'edited'];
  const wrong = Buffer.concat([start, surrogate, Buffer.from(end)]);
  fails('6.3.1', 'invalid in one frame', NOT_UTF8, frame(TEXT, wrong));
  fails('6.3.2', 'invalid in fragments of one byte', NOT_UTF8, fragments(cut(wrong, 1)));

  // Fail fast: the rest of the message is never sent.
  const whole = Buffer.concat([start, beyond, Buffer.from(end)]);
  const failsFast = (id, title, first, second) =>
    test(`${id} ${title}`, () =>
      withSocket(async (socket) => {
        socket.write(first);
        await sleep(PAUSE_MS);
        assert.ok(!socket.ended && socket.received.length === 0);
        socket.write(second);
        await assertFails(socket, NOT_UTF8);
      }));
  const open = (opcode, bytes) => frame(opcode, bytes, { fin: false });
  failsFast('6.4.1', 'second fragment', open(TEXT, start), open(CONTINUATION, beyond));
  failsFast(
    '6.4.2',
    'the byte itself',
    open(TEXT, whole.subarray(0, 12)),
    open(CONTINUATION, whole.subarray(12, 13)),
  );
  const message = frame(TEXT, whole);
  failsFast(
    '6.4.3',
    'second chop of a frame',
    message.subarray(0, 6 + 11),
    message.subarray(6 + 11, 6 + 15),
  );
  failsFast(
    '6.4.4',
    'the byte itself in a frame',
    message.subarray(0, 6 + 12),
    message.subarray(6 + 12, 6 + 13),
  );

  for (const [group, title, sequences] of UTF8) {
    sequences.forEach(([isValid, bytes], i) => {
      const name = `${title}: ${bytes.toString('hex').slice(0, 24)}`;
      if (isValid) delivers(`${group}.${i + 1}`, name, bytes, frame(TEXT, bytes));
      else fails(`${group}.${i + 1}`, name, NOT_UTF8, frame(TEXT, bytes));
    });
  }
});

describe('7 closing', () => {
  test('7.1.1 message, then close', () =>
    withSocket(async (socket) => {
      socket.write(frame(TEXT, 'Hello World!'));
      assertDelivered(await socket.next(), 'Hello World!');
      socket.write(closeFrame(1000));
      const frames = await socket.rest();
      assert.equal(frames.at(-1)?.opcode, CLOSE);
      assert.ok(await socket.ending());
    }));
  const after = [
    ['7.1.2', 'a second close', frame(CLOSE)],
    ['7.1.3', 'a ping', frame(PING)],
    ['7.1.4', 'a text', frame(TEXT, 'Hello World!')],
  ];
  for (const [id, title, bytes] of after) {
    test(`${id} ${title} behind a close is not heard`, () =>
      withSocket(async (socket) => {
        socket.write(Buffer.concat([closeFrame(1000), bytes]));
        const frames = await socket.rest();
        assert.deepEqual(
          frames.map(({ code }) => code),
          [1000],
        );
        assert.ok(await socket.ending());
        assert.equal(socket.received.length, 0);
      }));
  }
  test('7.1.5 close between fragments', () =>
    withSocket(async (socket) => {
      const [first, second] = fragments(['fragment1', 'fragment2']);
      socket.write(Buffer.concat([first, closeFrame(1000), second]));
      const frames = await socket.rest();
      assert.deepEqual(
        frames.map(({ code }) => code),
        [1000],
      );
    }));
  fails('7.1.6', '256 KiB, text, close, ping', TOO_BIG, [
    frame(TEXT, 'BAsd7&jh23'.repeat(26215)),
    frame(TEXT, 'Hello World!'),
    closeFrame(1000),
    frame(PING),
  ]);
  test('7.3.1 close without payload', () =>
    withSocket(async (socket) => {
      socket.write(frame(CLOSE));
      const frames = await socket.rest();
      assert.equal(frames[0]?.opcode, CLOSE);
      assert.ok(await socket.ending());
    }));
  fails('7.3.2', 'close with one byte', PROTOCOL, frame(CLOSE, 'a'));
  const closes = (id, title, code, reason = '') =>
    test(`${id} ${title}`, () =>
      withSocket(async (socket) => {
        socket.write(closeFrame(code, reason));
        const frames = await socket.rest();
        assert.equal(frames.at(-1)?.code, code);
        assert.ok(await socket.ending());
      }));
  closes('7.3.3', 'close with a code', 1000);
  closes('7.3.4', 'close with a reason', 1000, 'Hello World!');
  closes('7.3.5', 'close with a reason of 123', 1000, '*'.repeat(123));
  fails('7.3.6', 'close with a reason of 124', PROTOCOL, closeFrame(1000, '*'.repeat(124)));
  fails('7.5.1', 'close with a bad reason', NOT_UTF8, closeFrame(1000, hex('cebaeda080')));
  [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999].forEach(
    (code, i) => closes(`7.7.${i + 1}`, `code ${code}`, code),
  );
  [0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999].forEach((code, i) =>
    fails(`7.9.${i + 1}`, `code ${code}`, PROTOCOL, closeFrame(code)),
  );
  [5000, 65535].forEach((code, i) =>
    fails(`7.13.${i + 1}`, `code ${code}`, PROTOCOL, closeFrame(code)),
  );
});

describe('9 limits', () => {
  const K = 1024;
  const text = '*'.repeat(MESSAGE_MAX);
  delivers('9.1.1', 'text of 128 KiB', text, frame(TEXT, text));
  [256, 1024, 4096, 8192, 16384].forEach((size, i) => {
    // Only the beginning is sent: the length alone must be enough.
    const bytes = frame(TEXT, '*'.repeat(100), { claimed: size * K });
    fails(`9.1.${i + 2}`, `text of ${size} KiB`, TOO_BIG, bytes);
  });
  fails('9.1.7', 'text of 128 KiB and one byte', TOO_BIG, frame(TEXT, `${text}*`));
  fails('9.1.8', 'text of 2^53 bytes', TOO_BIG, frame(TEXT, '*', { claimed: 2 ** 53 }));
  [64, 256, 1024, 4096, 8192, 16384].forEach((size, i) => {
    const bytes = frame(BINARY, Buffer.alloc(100), { claimed: size * K });
    fails(`9.2.${i + 1}`, `binary of ${size} KiB`, size > 64 ? TOO_BIG : NOT_TEXT, bytes);
  });
  [128, 256, K, 4 * K, 16 * K, 64 * K].forEach((size, i) => {
    delivers(`9.3.${i + 1}`, `128 KiB in fragments of ${size}`, text, fragments(cut(text, size)));
    fails(`9.3.${i + 1}b`, `and one byte more`, TOO_BIG, fragments([...cut(text, size), '*']));
  });
  [64, 128, 256, 512, K, 2 * K].forEach((size, i) => {
    delivers(`9.5.${i + 1}`, `128 KiB in chops of ${size}`, text, frame(TEXT, text), { chop: size });
  });
  test('9.7 messages one after the other', () =>
    withSocket(async (socket) => {
      for (const size of [0, 16, 64, 256, K, 4 * K, 16 * K]) {
        const message = '*'.repeat(size);
        socket.write(frame(TEXT, message));
        const answer = await socket.next();
        // Signalling ends the connection after the first nonsense; an echo server goes on.
        assertDelivered(answer, message);
        if (!answer.payload.equals(Buffer.from(message))) return;
      }
    }));
});

describe('10 fragments by the sender', () => {
  const text = '*'.repeat(MESSAGE_MAX);
  delivers('10.1.1', '128 KiB in fragments of 1300', text, fragments(cut(text, 1300)));
});

describe('masks (RFC 6455 5.1)', () => {
  fails('m.1', 'text without a mask', PROTOCOL, frame(TEXT, 'Hello', { mask: null }));
  fails('m.2', 'ping without a mask', PROTOCOL, frame(PING, '', { mask: null }));
  delivers('m.3', 'mask of zeros', 'Hello', frame(TEXT, 'Hello', { mask: Buffer.alloc(4) }));
});
