// A driver over a WebSocket to the real server, in real time: for tests against it, and for load.

import { createRequire } from 'node:module';
import { Driver } from '../../../src/mls/driver';
import { policyHash } from '../../../src/mls/digest';
import { rawKey } from '../../../src/mls/proof';
import { base64url } from '../../../src/wire/base64';
import type { GroupAct, GroupEvent, GroupStart, GroupView } from '../../../src/wire/group';
import { decodeServer, encode, type ServerMessage } from '../../../src/wire/message';
import { readTerms, type NodeTerms } from '../../../src/verify/node_terms';
import { readNodePapers } from '../../../src/wire/node_papers';
import { encodePolicy, newPolicy } from '../../../src/wire/policy';
import { bytes, keyPair } from './world';

/** What we use of the package ws. */
interface Socket {
  readonly readyState: number;
  on(event: 'open' | 'close' | 'error', run: () => void): void;
  on(event: 'message', run: (data: Buffer) => void): void;
  send(text: string): void;
  close(code?: number): void;
  terminate(): void;
}
const Socket = createRequire(import.meta.url)('ws') as new (
  url: string,
  options: { origin: string; perMessageDeflate: boolean },
) => Socket;

const OPEN = 1;

export interface RealMeeting {
  readonly url: string;
  readonly host: CryptoKeyPair | null;
  readonly start: Pick<GroupStart, 'meeting' | 'policyHash' | 'hostName'>;
  readonly secret: Uint8Array<ArrayBuffer>;
}

export async function makeMeeting(
  url: string,
  options: { readonly isHosted?: boolean; readonly lobby?: 'lobby' | 'open' } = {},
): Promise<RealMeeting> {
  const meeting = bytes(16);
  const host = options.isHosted === false ? null : await keyPair();
  const terms = await termsOf(url);
  const policy = encodePolicy(
    newPolicy({
      id: bytes(16),
      meeting,
      countries: [terms.node.country],
      operatorKeysHash: terms.operatorKeysHash,
      logPolicyHash: terms.logPolicyHash,
      nodeSetSerial: terms.nodeSetSerial,
      hostKeys: host ? [await rawKey(host.publicKey)] : [],
      issuers: [],
      lobby: options.lobby ?? (host ? 'lobby' : 'open'),
    }),
  );
  const answer = await fetch(`${url}/api/v1/meetings`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: url },
    body: JSON.stringify({ policy: base64url(policy) }),
  });
  if (answer.status !== 201) throw new Error(`no meeting: ${answer.status} ${await answer.text()}`);
  const start = {
    meeting,
    policyHash: await policyHash(policy),
    hostName: new URL(url).hostname,
  };
  return { url, host, start, secret: bytes(16) };
}

/** What a meeting at this server is bound to. */
async function termsOf(url: string): Promise<NodeTerms> {
  const answer = await fetch(`${url}/api/v1/nodes/self`);
  const papers = readNodePapers(await answer.text());
  const terms = papers && (await readTerms(papers, Date.now() / 1000));
  if (terms?.kind !== 'terms') throw new Error(`no terms: ${terms?.reason ?? answer.status}`);
  return terms;
}

export class RealClient {
  readonly driver: Driver;
  readonly events: GroupEvent[] = [];
  readonly heard: ServerMessage['type'][] = [];
  readonly refusals: string[] = [];
  session: string | null = null;
  error: string | null = null;
  readonly name: string;
  readonly #url: string;
  #replaces: string | null;
  #socket: Socket | null = null;

  private constructor(url: string, name: string, replaces: string | null) {
    this.#url = url;
    this.name = name;
    this.#replaces = replaces;
    this.driver = new Driver({
      clock: {
        now: Date.now,
        after: (ms, run) => {
          const timer = setTimeout(run, ms);
          return () => clearTimeout(timer);
        },
      },
      random: bytes,
      fetchBlob: async (hash) => {
        const answer = await fetch(`${url}/api/v1/blobs/${hash}`);
        return answer.ok ? new Uint8Array(await answer.arrayBuffer()) : null;
      },
      verifyToken: () => Promise.resolve(null),
      emit: (event) => this.#onEvent(event),
      policy: () => undefined,
      frames: () => undefined,
      onFault: (fault) => {
        this.error = String(fault);
      },
    });
  }

  static async come(
    meeting: RealMeeting,
    name: string,
    start: Partial<GroupStart> = {},
    replaces: string | null = null,
  ): Promise<RealClient> {
    const client = new RealClient(meeting.url, name, replaces);
    client.driver.command({
      type: 'start',
      ...meeting.start,
      secret: meeting.secret.slice(),
      name,
      device: await keyPair(),
      host: null,
      signed: null,
      seenOperators: [],
      seen: [],
      ...start,
    });
    client.connect();
    return client;
  }

  get view(): GroupView {
    const last = this.events.findLast((event) => event.type === 'view');
    if (!last) throw new Error(`${this.name} has shown nothing`);
    return last.view;
  }
  get names(): string[] {
    return this.view.people.map(({ name }) => name).sort();
  }

  act(act: GroupAct): void {
    this.driver.command({ type: 'act', act });
  }

  connect(): void {
    const url = `${this.#url.replace('http', 'ws')}/signal`;
    const socket = new Socket(url, { origin: this.#url, perMessageDeflate: false });
    this.#socket = socket;
    socket.on('open', () => this.driver.command({ type: 'line', isUp: true }));
    socket.on('close', () => {
      if (this.#socket !== socket) return;
      this.#socket = null;
      this.driver.command({ type: 'line', isUp: false });
    });
    socket.on('error', () => undefined); // 'close' follows
    socket.on('message', (data) => this.#onMessage(data.toString('utf8')));
  }

  /** Without a word, as when the network goes. */
  cut(): void {
    this.#socket?.terminate();
  }

  /** As a page that is loaded again. */
  close(): void {
    this.driver.command({ type: 'stop' });
    this.#socket?.close(1001);
  }

  #onMessage(text: string): void {
    const message = decodeServer(text);
    if (!message) {
      this.error = `not understood: ${text.slice(0, 200)}`;
      return;
    }
    this.heard.push(message.type);
    if (message.type === 'waiting') this.session = message.session;
    if (message.type === 'error') this.error = message.code;
    if (message.type === 'refused') this.refusals.push(`${message.what} ${message.reason}`);
    this.driver.command({ type: 'heard', message });
  }

  #onEvent(event: GroupEvent): void {
    this.events.push(event);
    if (event.type !== 'say' || this.#socket?.readyState !== OPEN) return;
    const { message } = event;
    const isFirst = message.type === 'knock' && message.replaces === undefined;
    const replaces = isFirst ? this.#replaces : null;
    if (isFirst) this.#replaces = null;
    this.#socket.send(encode(replaces === null ? message : { ...message, ...{ replaces } }));
  }
}

/** Waits in real time; what did not come is told with what was heard. */
export async function until(
  what: string,
  holds: () => boolean,
  clients: readonly RealClient[],
  ms = 20_000,
): Promise<number> {
  const from = Date.now();
  for (;;) {
    try {
      if (holds()) return Date.now() - from;
    } catch {
      // nothing shown yet
    }
    if (Date.now() - from > ms) {
      const told = clients.map(({ name, error, refusals, heard }) =>
        JSON.stringify({ name, error, refusals, heard: heard.slice(-8) }),
      );
      throw new Error(`${what}: does not come\n${told.join('\n')}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
