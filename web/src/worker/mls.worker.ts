// The worker that owns the group: the driver in its browser. Commands come from the page, keys of frames
// go to the frame workers on the ports that come with the start. Nothing is ever printed here.

import { SEALED_IDENTITY_BYTES_MAX } from '../wire/identity';
import type { FrameKeys, GroupCommand, GroupEvent } from '../wire/group';
import { NODE_PAPERS_BYTES_MAX, readNodePapers, type NodePapers } from '../wire/node_papers';
import { Driver } from '../mls/driver';
import type { Clock, TokenQuestion, VerifiedToken } from '../mls/outlets';
import { verifyIdToken } from '../verify/id_token';
import { IssuerKeys } from '../verify/issuer_keys';
import { audit } from './audit';
import { NodeGuard } from './node_guard';
import { ReceiptKeeper } from './receipt_keeper';

const FETCH_MS = 5000;
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
  tell: (told) => scope.postMessage(told),
});

const guard = new NodeGuard({
  ...clock,
  fetchPapers,
  tell: (told) => scope.postMessage(told),
  proven: (papers) => keeper.accept(papers),
});

const driver = new Driver({
  clock,
  random: (bytes) => crypto.getRandomValues(new Uint8Array(bytes)),
  fetchBlob,
  verifyToken,
  emit: (event) => scope.postMessage(event),
  policy: (policy) => guard.use(policy),
  receipts: (terms) => keeper.begin(terms),
  frames: handOn,
});

scope.onmessage = ({ data, ports: given }) => {
  switch (data.type) {
    case 'prove-node':
    case 'compose':
    case 'check-pair':
      return guard.ask(data);
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
      if (data.message.type === 'resumed') keeper.again();
      return driver.command(data);
    case 'act':
    case 'line':
    case 'undecodable':
      return driver.command(data);
  }
};

/** Each frame worker wipes its own copy after import. */
function handOn(message: FrameKeys): void {
  for (const port of ports) port.postMessage(message);
  if (message.type === 'epoch') message.baseKey.fill(0);
}

async function fetchBlob(hash: string): Promise<Uint8Array | null> {
  const response = await fetch(`/api/v1/blobs/${hash}`, {
    credentials: 'omit',
    referrerPolicy: 'no-referrer',
    signal: AbortSignal.timeout(FETCH_MS),
  });
  if (!response.ok) return null;
  const bytes = new Uint8Array(await response.arrayBuffer());
  return bytes.length <= BLOB_BYTES_MAX ? bytes : null;
}

async function fetchPapers(): Promise<NodePapers | 'none' | null> {
  try {
    const response = await fetch('/api/v1/nodes/self', {
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
  return verdict.kind === 'verified' ? { issuer: verdict.issuer, name: verdict.name } : null;
}
