// A hostile server: it stands where the server stands, speaks with the real one behind it, and lies
// in exactly the way that a test tells it to. A rule sees each message of one client and gives back
// what goes on: the same, another one, several, or none. Pages and blobs can be altered, too.
//
//   const hostile = await new HostileServer(server, 8090).start();
//   hostile.toClient = (message, client) => message;      // or null, or an array
//   hostile.toServer = (message, client) => message;
//   hostile.body = (path, bytes) => bytes;                // of HTTP answers
//   hostile.blobs.set(hash, bytes);                       // that the real one does not have
//   hostile.files.set(path, bytes);                       // answered in its place
//
// A rule may take its time (a promise): what one client hears and says stays in order.
//
// Clients are numbered in the order in which they come. client.tell(message) speaks to the browser,
// client.ask(message) to the real server; client.said and client.heard keep what went by.

import { createServer, request } from 'node:http';
import { createRequire } from 'node:module';

const require = createRequire(new URL('../../web/package.json', import.meta.url));
const { WebSocket, WebSocketServer } = require('ws');

const MESSAGE_BYTES_MAX = 1 << 20;

const asList = (result) => (result === null || result === undefined ? [] : [result].flat());

/** Rules one after the other, each with what comes of it. */
function inOrder() {
  let last = Promise.resolve();
  return (rule, pass) => {
    last = last.then(async () => asList(await rule()).forEach(pass));
  };
}

class Client {
  constructor(number, browser, upstream) {
    this.number = number;
    this.browser = browser;
    this.upstream = upstream;
    this.said = [];
    this.heard = [];
  }

  tell(message) {
    if (this.browser.readyState === WebSocket.OPEN) this.browser.send(JSON.stringify(message));
  }

  ask(message) {
    if (this.upstream.readyState === WebSocket.OPEN) this.upstream.send(JSON.stringify(message));
  }
}

export class HostileServer {
  constructor(server, port) {
    this.server = server;
    this.port = port;
    this.clients = [];
    this.toClient = (message) => message;
    this.toServer = (message) => message;
    this.body = (_path, bytes) => bytes;
    this.blobs = new Map();
    this.files = new Map();
  }

  get url() {
    return `http://localhost:${this.port}`;
  }

  async start() {
    this.http = createServer((incoming, answer) => this.#pass(incoming, answer));
    const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: MESSAGE_BYTES_MAX });
    this.http.on('upgrade', (incoming, socket, head) => {
      sockets.handleUpgrade(incoming, socket, head, (browser) => this.#join(browser));
    });
    await new Promise((resolve) => this.http.listen(this.port, '127.0.0.1', resolve));
    return this;
  }

  async stop() {
    for (const { browser, upstream } of this.clients) {
      browser.terminate();
      upstream.terminate();
    }
    this.http.closeAllConnections();
    await new Promise((resolve) => this.http.close(resolve));
  }

  /** Back to an honest server, for the next test. */
  behave() {
    this.toClient = this.toServer = (message) => message;
    this.body = (_path, bytes) => bytes;
    this.files.clear();
  }

  /** The connection of a client that is still open, the newest first. */
  client(which = () => true) {
    return this.clients.findLast((c) => c.browser.readyState === WebSocket.OPEN && which(c));
  }

  #join(browser) {
    const upstream = new WebSocket(`ws://127.0.0.1:${this.server.port}/signal`, {
      origin: this.server.url,
      headers: { host: new URL(this.server.url).host },
      perMessageDeflate: false,
      maxPayload: MESSAGE_BYTES_MAX,
    });
    const client = new Client(this.clients.length, browser, upstream);
    this.clients.push(client);
    const early = [];
    const [said, heard] = [inOrder(), inOrder()];
    browser.on('message', (data) => {
      const message = JSON.parse(data.toString());
      client.said.push(message);
      said(() => this.toServer(message, client), (each) => {
        if (upstream.readyState === WebSocket.OPEN) client.ask(each);
        else early.push(each);
      });
    });
    upstream.on('open', () => early.splice(0).forEach((each) => client.ask(each)));
    upstream.on('message', (data) => {
      const message = JSON.parse(data.toString());
      client.heard.push(message);
      heard(() => this.toClient(message, client), (each) => client.tell(each));
    });
    const end = (from, to, inTurn) => from.on('close', (code) => inTurn(() => {
      if (to.readyState !== WebSocket.OPEN) to.terminate();
      else if (code >= 1000 && code !== 1005 && code !== 1006) to.close(code);
      else to.terminate();
    }, () => undefined));
    end(browser, upstream, said);
    end(upstream, browser, heard);
    for (const socket of [browser, upstream]) socket.on('error', () => {});
  }

  #pass(incoming, answer) {
    const headers = { ...incoming.headers, host: new URL(this.server.url).host };
    if (headers.origin !== undefined) headers.origin = this.server.url;
    delete headers['accept-encoding'];
    const path = incoming.url;
    const own = this.files.get(path) ?? this.blobs.get(path.split('/').at(-1));
    if (own) {
      answer.writeHead(200, { 'Content-Type': 'application/octet-stream' });
      answer.end(own);
      return;
    }
    const onward = request({ host: '127.0.0.1', port: this.server.port, method: incoming.method, path, headers }, (reply) => {
      const parts = [];
      reply.on('data', (part) => parts.push(part));
      reply.on('end', () => {
        const bytes = this.body(path, Buffer.concat(parts), reply);
        const back = { ...reply.headers };
        delete back['transfer-encoding'];
        // RFC 9110 8.6: in a 304 it would be the length of what the browser has kept
        if (reply.statusCode !== 304) back['content-length'] = String(bytes?.length ?? 0);
        answer.writeHead(bytes === null ? 404 : reply.statusCode, back);
        answer.end(incoming.method === 'HEAD' ? undefined : (bytes ?? Buffer.alloc(0)));
      });
    });
    onward.on('error', () => answer.destroy());
    incoming.pipe(onward);
  }
}
