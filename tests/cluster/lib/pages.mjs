// What a browser would do for a page of another origin, by hand: its header fields, and what it would look at.

import { request } from 'node:http';

/** One request as a browser sends it for a page of this origin: { status, headers }. */
export function ask(node, path, { origin, method = 'GET', headers = {} }) {
  const url = new URL(path, node.url);
  return new Promise((done, fail) => {
    const asked = request(url, { method, headers: { ...(origin && { origin }), ...headers }, agent: false });
    asked.once('error', fail);
    asked.once('response', (answer) => {
      answer.resume();
      answer.once('end', () => done({ status: answer.statusCode, headers: answer.headers }));
    });
    asked.once('upgrade', (answer, socket) => {
      socket.destroy();
      done({ status: answer.statusCode, headers: answer.headers });
    });
    asked.end();
  });
}

export const connect = (node, origin) => ask(node, '/signal', {
  origin,
  headers: { connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13', 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==' },
});

/** Whom the node's page may ask beside itself. */
export async function sources(node) {
  const { headers } = await ask(node, '/', {});
  const [, list] = /(?:^|; )connect-src ([^;]*)/.exec(headers['content-security-policy']);
  return list.split(' ').slice(1);
}
