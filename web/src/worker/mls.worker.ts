// The worker that owns the group: the driver in its browser. Commands come from the page, keys of frames
// go to the frame workers on the ports that come with the start. Nothing is ever printed here.

import { SEALED_IDENTITY_BYTES_MAX } from '../wire/identity';
import type { Bytes } from '../wire/bytes';
import type { FrameKeys, GroupCommand, GroupEvent } from '../wire/group';
import { originOfNode } from '../wire/node_origin';
import { NODE_PAPERS_BYTES_MAX, readNodePapers, type NodePapers } from '../wire/node_papers';
import { Driver } from '../mls/driver';
import type { Clock, TokenQuestion, VerifiedToken } from '../mls/outlets';
import { verifyIdToken } from '../verify/id_token';
import { IssuerKeys } from '../verify/issuer_keys';
import { audit } from './audit';
import { NodeFinder } from './node_finder';
import { NodeGuard, type NodeName } from './node_guard';
import { ReceiptKeeper } from './receipt_keeper';

const FETCH_MS = 5000;
/** A bundle of 256 certificates has 2 MiB at most. */
const LOG_FILE_BYTES_MAX = 4_194_304;
/** Trees are longer than identities: 200 members need about 100 KiB. */
const BLOB_BYTES_MAX = Math.max(SEALED_IDENTITY_BYTES_MAX, 262_144);

audit(1);

/** What we use of DedicatedWorkerGlobalScope. */
interface Scope {
  onmessage: ((event: MessageEvent<GroupCommand>) => void) | null;
  postMessage(event: GroupEvent): void;
}

const scope = self as unknown as Scope;
const keys = new IssuerKeys(Date.now);
let ports: readonly MessagePort[] = [];
/** Where the meeting is: blobs and the log are read there. */
let at: NodeName = null;

const clock: Clock = {
  now: Date.now,
  after: (ms, run) => {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};

const keeper = new ReceiptKeeper({
  now: clock.now,
  say: (message) => scope.postMessage({ type: 'say', message }),
  relayPapers: (node) => guard.relayPapers(node),
  tell: (told) => scope.postMessage(told),
});

const finder = new NodeFinder({
  now: clock.now,
  readLog,
  tell: (told) => scope.postMessage(told),
});

const guard = new NodeGuard({
  ...clock,
  fetchPapers,
  readLog,
  tell: (told) => scope.postMessage(told),
  carrierProven: (papers) => keeper.accept(papers),
  proven: (papers, seen) => {
    keeper.accept(papers);
    finder.look(papers, seen);
  },
});

const driver = new Driver({
  clock,
  random: (bytes) => crypto.getRandomValues(new Uint8Array(bytes)),
  fetchBlob,
  verifyToken,
  emit: (event) => {
    scope.postMessage(event);
    if (event.type === 'moved') keeper.again();
  },
  admitNode,
  atNode: (node) => {
    at = node;
    guard.goTo(node);
  },
  policy: (policy) => {
    guard.use(policy);
    finder.use(policy);
  },
  receipts: (terms) => keeper.begin(terms),
  frames: handOn,
});

scope.onmessage = ({ data, ports: given }) => {
  switch (data.type) {
    case 'prove-node':
    case 'check-pair':
      return guard.ask(data);
    case 'compose': {
      const node = data.node ?? guard.node;
      if (node !== null) keeper.carriedBy(node);
      return guard.ask(data);
    }
    case 'media-lost':
      return keeper.mediaLost();
    case 'receipts-written':
    case 'receipt-came':
    case 'write-evidence':
      return keeper.ask(data);
    case 'start':
      ports = given;
      guard.remember(data.seenOperators);
      return driver.command(data);
    case 'stop':
      guard.end();
      return driver.command(data);
    case 'heard':
      if (data.message.type === 'resumed') keeper.resume(data.message.is_in_worker);
      return driver.command(data);
    case 'line':
      keeper.line(data.isUp);
      return driver.command(data);
    case 'act':
    case 'undecodable':
      return driver.command(data);
  }
};

/** Each frame worker wipes its own copy after import. */
function handOn(message: FrameKeys): void {
  for (const port of ports) port.postMessage(message);
  if (message.type === 'epoch') message.baseKey.fill(0);
}

/** At a node, by the name in its certificate; null: at the one that served the page. */
function urlAt(node: NodeName, path: string): string {
  const page = self.location.origin;
  return new URL(path, node === null ? page : originOfNode(node, page)).href;
}

/** Asked only of what was found in the log, whoever names it. */
async function admitNode(node: string): Promise<boolean> {
  if (!finder.holds(node)) return false;
  const verdict = await guard.admit(node).catch(() => 'silent' as const);
  if (verdict === 'silent') return false;
  const { kind } = verdict;
  if (kind === 'refused') {
    const { reason, part } = verdict;
    scope.postMessage({ type: 'other-refused', refusal: { reason, part } });
  }
  return kind === 'proven';
}

async function readLog(path: string): Promise<Bytes | undefined> {
  const bytes = await fetchBytes(urlAt(at, `/log/${path}`)).catch(() => null);
  return bytes && bytes.length <= LOG_FILE_BYTES_MAX ? bytes : undefined;
}

async function fetchBlob(hash: string): Promise<Uint8Array | null> {
  const bytes = await fetchBytes(urlAt(at, `/api/v1/blobs/${hash}`));
  return bytes && bytes.length <= BLOB_BYTES_MAX ? bytes : null;
}

async function fetchBytes(url: string): Promise<Bytes | null> {
  const response = await fetch(url, {
    credentials: 'omit',
    referrerPolicy: 'no-referrer',
    signal: AbortSignal.timeout(FETCH_MS),
  });
  return response.ok ? new Uint8Array(await response.arrayBuffer()) : null;
}

async function fetchPapers(node: NodeName): Promise<NodePapers | 'none' | null> {
  try {
    const response = await fetch(urlAt(node, '/api/v1/nodes/self'), {
      cache: 'no-store',
      credentials: 'omit',
      referrerPolicy: 'no-referrer',
      redirect: 'error',
      signal: AbortSignal.timeout(FETCH_MS),
    });
    if (response.status >= 500 || response.status === 429) return null;
    const text = response.ok ? await response.text() : '';
    return text.length > NODE_PAPERS_BYTES_MAX ? 'none' : (readNodePapers(text) ?? 'none');
  } catch {
    return null;
  }
}

async function verifyToken(asked: TokenQuestion): Promise<VerifiedToken | null> {
  const { token, leafKey, policy, isKnocking } = asked;
  const { issuers } = policy;
  const now = clock.now();
  const verdict = await verifyIdToken({ token, leafKey, issuers, now, isKnocking }, keys.of);
  if (verdict.kind === 'verified') return { issuer: verdict.issuer, name: verdict.name };
  if (verdict.reason === 'no-keys') throw new Error('the issuer cannot be asked');
  return null;
}
