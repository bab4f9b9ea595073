// Abuse of the HTTP side over raw sockets, against a running server:
//
//   IC_TEST_URL=http://localhost:8080 node --test tests/http/http_abuse.mjs
//
// After each wave the server must still answer at once.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { afterEach, describe, test } from 'node:test';

import {
  ask,
  closeFrame,
  frame,
  hostLine,
  isTls,
  OPCODE,
  originLine,
  Raw,
  sleep,
  Socket,
  upgradeRequest,
  url,
} from './raw_client.mjs';
import { newMeeting, termsOf } from '../support/member.mjs';

const get = (path, lines = '') => `GET ${path} HTTP/1.1\r\n${hostLine}${lines}\r\n`;
const JSON_LINE = 'Content-Type: application/json\r\n';
const post = (lines, body = '{}') =>
  `POST /api/v1/meetings HTTP/1.1\r\n${hostLine}${lines}Content-Length: ${body.length}\r\n\r\n${body}`;

async function assertAlive() {
  const started = performance.now();
  const answer = await ask(get('/livez'));
  assert.equal(answer?.status, 200);
  assert.ok(performance.now() - started < 2000, 'the server is slow');
}

afterEach(assertAlive);

describe('answers', () => {
  const SECURITY = {
    'content-security-policy': /^default-src 'none'; script-src 'self'; /,
    'permissions-policy': /camera=\(self\).*microphone=\(self\)/,
    'cross-origin-opener-policy': /^same-origin$/,
    'cross-origin-embedder-policy': /^require-corp$/,
    'cross-origin-resource-policy': /^same-origin$/,
    'referrer-policy': /^no-referrer$/,
    'x-content-type-options': /^nosniff$/,
    date: /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT$/,
  };
  const requests = [
    [200, get('/')],
    [200, get('/new')],
    [200, get('/oidc')],
    [200, get('/api/v1/issuers')],
    [200, get('/api/v1/nodes/directory')],
    [200, get('/m/AbCdEfGhIjKlMnOpQrStUv')],
    [200, get('/livez')],
    [200, get('/version')],
    [404, get('/none')],
    [404, get('/../../etc/passwd')],
    [405, get('/api/v1/meetings')],
    [400, 'GET / HTTP/1.1\r\n\r\n'],
    [426, get('/signal')],
    [400, post(originLine + JSON_LINE)],
    [403, post(JSON_LINE)],
    [403, post(`${JSON_LINE}Origin: https://evil.example\r\n`)],
    [415, post(originLine)],
    [413, post(originLine + JSON_LINE, 'x'.repeat(20000))],
    [505, `GET / HTTP/1.0\r\n\r\n`],
  ];
  for (const [status, request] of requests) {
    test(`${status} ${request.split('\r\n')[0]}`, async () => {
      const answer = await ask(request);
      assert.equal(answer?.status, status);
      for (const [name, pattern] of Object.entries(SECURITY)) {
        assert.match(answer.headers.get(name) ?? '', pattern, name);
      }
      assert.ok(!answer.headers.has('server') && !answer.headers.has('set-cookie'));
      assert.ok(!/unsafe-|\*|https?:/.test(answer.headers.get('content-security-policy')));
      if (status >= 400) {
        assert.equal(answer.headers.get('content-type'), 'application/problem+json');
        assert.equal(JSON.parse(answer.body).status, status);
      }
    });
  }

  test('the page is compressed, tagged and revalidated', async () => {
    const plain = await ask(get('/'));
    for (const coding of ['br', 'gzip']) {
      const answer = await ask(get('/', `Accept-Encoding: ${coding}\r\n`));
      assert.equal(answer.headers.get('vary'), 'Accept-Encoding');
      const again = await ask(
        get('/', `Accept-Encoding: ${coding}\r\nIf-None-Match: ${answer.headers.get('etag')}\r\n`),
        { hasBody: false },
      );
      assert.equal(again.status, 304);
      if (answer.headers.has('content-encoding')) {
        assert.equal(answer.headers.get('content-encoding'), coding);
        assert.notEqual(answer.headers.get('etag'), plain.headers.get('etag'));
      }
    }
  });
});

describe('cross-site WebSocket', () => {
  const origins = [
    '',
    'Origin: null\r\n',
    'Origin: https://evil.example\r\n',
    `${originLine}${originLine}`,
    originLine.replace('//', '//x.'),
    originLine.replace('\r\n', '.evil.example\r\n'),
  ];
  for (const origin of origins) {
    test(`refused: ${origin.trim().replaceAll('\r\n', ' | ') || 'no origin'}`, async () => {
      const answer = await ask(upgradeRequest.replace(originLine, origin));
      assert.equal(answer?.status, 403);
    });
  }
});

describe('pages of others', () => {
  for (const path of ['/api/v1/nodes/self', '/log/checkpoint', '/api/v1/blobs/x', '/api/v1/policies/x']) {
    test(`may not read ${path}, and a cache knows why`, async () => {
      const answer = await ask(get(path, 'Origin: https://evil.example\r\n'));
      assert.equal(answer.headers.get('vary'), 'Origin');
      assert.ok(![...answer.headers.keys()].some((name) => name.startsWith('access-control-')));
    });
  }
  test('may not ask whether they may make a meeting', async () => {
    const fields = 'Origin: https://evil.example\r\nAccess-Control-Request-Method: POST\r\n';
    const answer = await ask(`OPTIONS /api/v1/meetings HTTP/1.1\r\n${hostLine}${fields}\r\n`);
    assert.equal(answer.status, 405);
    assert.ok(![...answer.headers.keys()].some((name) => name.startsWith('access-control-')));
  });
});

describe('slow and many', () => {
  test('heads that never end: 408 after five seconds', async () => {
    const slow = await Promise.all(Array.from({ length: 20 }, () => Raw.open()));
    const started = performance.now();
    const dribble = setInterval(() => slow.forEach((raw) => raw.write('X')), 200);
    slow.forEach((raw) => raw.write('GET / HTTP/1.1\r\nX-'));
    await assertAlive();
    const answers = await Promise.all(slow.map((raw) => raw.answer()));
    clearInterval(dribble);
    const seconds = (performance.now() - started) / 1000;
    slow.forEach((raw) => raw.close());
    assert.ok(answers.every((answer) => answer?.status === 408));
    assert.ok(seconds > 4.5 && seconds < 9, `${seconds} s`);
  });

  test('silent connections are closed', async () => {
    const silent = await Promise.all(Array.from({ length: 20 }, () => Raw.open()));
    const ended = await Promise.all(silent.map((raw) => raw.ending(9000)));
    assert.ok(ended.every(Boolean));
  });

  test('a reader that does not read', async () => {
    const lazy = await Promise.all(Array.from({ length: 10 }, () => Raw.open()));
    for (const raw of lazy) {
      raw.socket.pause();
      raw.write(get('/'));
    }
    await sleep(100);
    await assertAlive();
    lazy.forEach((raw) => raw.close());
  });

  test('connections that come and go', async () => {
    for (let wave = 0; wave < 10; wave += 1) {
      const some = await Promise.all(Array.from({ length: 20 }, () => Raw.open()));
      some.forEach((raw, i) => {
        if (i % 3 === 0) raw.write(get('/'));
        if (i % 3 === 1) raw.write('GET /');
        raw.close();
      });
    }
  });

  test('one-byte frames and a ping flood', async () => {
    const socket = await Socket.open();
    const flood = Buffer.concat(Array.from({ length: 5000 }, () => frame(OPCODE.PONG)));
    socket.write(flood);
    const frames = await socket.rest();
    assert.equal(frames.at(-1)?.code, 1008);
    socket.close();
  });
});

describe('garbage', () => {
  const waves = [
    ['zeros', Buffer.alloc(20000)],
    ['line ends', Buffer.from('\r\n'.repeat(10000))],
    ['letters without end', Buffer.alloc(20000, 'A')],
    ['many fields', Buffer.from(`GET / HTTP/1.1\r\n${hostLine}${'X: y\r\n'.repeat(100)}\r\n`)],
    ['a long field', Buffer.from(get('/', `X: ${'y'.repeat(9000)}\r\n`))],
    ['a long target', Buffer.from(get(`/${'y'.repeat(9000)}`))],
    ['smuggling', Buffer.from(post(`${originLine}${JSON_LINE}Transfer-Encoding: chunked\r\n`))],
    ['HTTP/2', Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')],
  ];
  for (const [name, bytes] of waves) {
    test(`${name}: an error, then the end`, async () => {
      const raw = await Raw.open();
      const answer = await raw.ask(bytes);
      assert.ok(answer === undefined || (answer.status >= 400 && answer.status <= 505));
      assert.ok(await raw.ending(4000));
      raw.close();
    });
  }

  test('two requests at once: one answer', async () => {
    const raw = await Raw.open();
    const answer = await raw.ask(get('/livez') + get('/version'));
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get('connection'), 'close');
    assert.ok(await raw.ending());
    assert.equal(raw.received.length, 0);
    raw.close();
  });

  test('random bytes', async () => {
    for (let i = 0; i < 30; i += 1) {
      const raw = await Raw.open();
      raw.write(randomBytes(1 + i * 40));
      raw.socket.end();
      await raw.ending();
      raw.close();
    }
  });

  test('random bytes on a WebSocket', async () => {
    for (let i = 0; i < 30; i += 1) {
      const socket = await Socket.open();
      socket.write(randomBytes(1 + i * 40));
      socket.write(closeFrame(1000));
      socket.socket.end();
      await socket.ending();
      socket.close();
    }
  });

  test('plain bytes on a TLS port', { skip: !isTls }, async () => {
    for (const bytes of [get('/'), '\x16\x03\x01\x02\x00', '\x00', '\x16\x03\x01\xff\xff\xff']) {
      const raw = await Raw.open({ plain: true });
      raw.write(Buffer.from(bytes, 'latin1'));
      raw.socket.end();
      assert.ok(await raw.ending(9000));
      assert.ok(raw.received.length <= 7); // an alert at most
      raw.close();
    }
  });
});

test('an address has a limited rate of meetings', async () => {
  const terms = await termsOf(url.origin);
  const statuses = [];
  let last;
  for (let i = 0; i < 64; i += 1) {
    last = await ask(post(originLine + JSON_LINE, newMeeting(terms).body));
    statuses.push(last.status);
  }
  assert.ok(
    statuses.slice(0, 5).every((status) => status === 201),
    statuses.join(' '),
  );
  assert.equal(last.status, 429);
  assert.match(last.headers.get('retry-after'), /^[1-3]$/);
});
