// The peer connection: made when the group lets us in, and made anew when it is lost, since the server
// speaks for it with new keys and addresses; there is no ICE restart. Timers:
//   offer       5 s for the browser's own offer
//   answer      10 s for the server's answer to join
//   connect     10 s from the answer to a connection whose address is proven
//   beside      10 s for the connection to a node that goes out of service, beside the one that takes its place;
//               5 s for the connection to a node that hands the meeting over, beside the one to the next
//   come back   6 s for a lost path to be found again by ICE, then a new session is made

import { composeAnswer } from '../wire/answer';
import type { Joined } from '../wire/message';
import type { OfferedTransport } from '../wire/node_view';
import { readOffer } from '../wire/offer';
import { sendingIntent } from './device';
import { mayTalk } from './members';
import type { Kind, Source } from './model';
import { askNode, comparePair, compareTransport, forgetNode, isNodeProven } from './node';
import { say } from './reconnect';
import { movedRoster } from './roster';
import { midOfKey, otherSet, setOfKey, type SlotSet } from './slot_key';
import {
  MEDIA_CLOSED,
  NEITHER,
  NEVER,
  type CallState,
  type Media,
  type MediaBefore,
  type Standing,
} from './state';
import type { Turn } from './turn';

const OFFER_MS = 5000;
const ANSWER_MS = 10_000;
const CONNECT_MS = 10_000;
const COME_BACK_MS = 6000;
const BESIDE_MS = 5000;

export type PeerState = 'connected' | 'disconnected' | 'failed';

/** 'unproven': nobody could say in time whether the node may carry us. */
export type MediaVerdict = 'well' | 'refused' | 'blocked' | 'lost' | 'unproven';

/** carriesUntil: a connection that stands goes on beside the new one, for as long as its node carries us. */
export function openMedia(turn: Turn, carriesUntil = 0, besideMs = BESIDE_MS): void {
  const before = beforeOf(turn, Math.min(carriesUntil, turn.now + besideMs));
  const set = before ? otherSet(before.set) : turn.state.media.set;
  turn.emit({ type: 'open-peer', set, keepsOld: before !== null });
  turn.set({ sending: NEITHER, isMetered: false });
  if (!before) {
    turn.set({ blank: [], roster: { ...turn.state.roster, leaves: new Map(), before: new Map() } });
  }
  setMedia(turn, { ...MEDIA_CLOSED, set, before, phase: 'offering', until: turn.now + OFFER_MS });
  askNode(turn);
}

function beforeOf({ state, now }: Turn, until: number): MediaBefore | null {
  const { phase, set, offer, joined, fingerprint } = state.media;
  if (phase !== 'connected' || until <= now) return null;
  const standing = { fingerprint, address: state.node.address };
  return { until, set, offer, joined, standing, sending: state.sending };
}

/** The other one came to nothing: the one before is the only one again. It sends nothing until its node has been
 * proven anew, since the worker has looked at another one meanwhile. False: there is none. */
export function takeBack(turn: Turn): boolean {
  const { before, set: ended } = turn.state.media;
  if (!before) return false;
  const { set, offer, joined, standing, sending } = before;
  turn.emit({ type: 'take-back-peer', set: ended });
  const blank = turn.state.blank.filter(({ mid }) => setOfKey(mid) !== ended);
  turn.set({ blank, sending, announced: null, roster: movedRoster(turn.state.roster, ended) });
  const until = turn.now + CONNECT_MS;
  setMedia(turn, {
    ...MEDIA_CLOSED,
    phase: 'returning',
    until,
    set,
    offer,
    joined,
    returning: standing,
  });
  askNode(turn);
  return true;
}

function compareAgain(turn: Turn): void {
  const { joined } = turn.state.media;
  if (!joined || !isNodeProven(turn.state)) return;
  setMedia(turn, { phase: 'comparing', until: turn.now + CONNECT_MS });
  compareTransport(turn, joined.transport, joined.node);
}

/** The key must be the one that the connection has been bound to all the time. */
function checkAgain(turn: Turn, { fingerprint, address }: Standing, proven: string): void {
  if (proven !== fingerprint) return setMedia(turn, { phase: 'failed', until: NEVER });
  const until = turn.now + CONNECT_MS;
  setMedia(turn, { phase: 'checking', until, fingerprint, returning: null });
  comparePair(turn, address);
}

/** Nothing more comes from the node before. */
export function endBefore(turn: Turn): void {
  const { before } = turn.state.media;
  if (!before) return;
  turn.emit({ type: 'drop-old-peer', set: before.set });
  setMedia(turn, { before: null });
  const blank = turn.state.blank.filter(({ mid }) => setOfKey(mid) !== before.set);
  turn.set({ blank, roster: movedRoster(turn.state.roster, before.set) });
}

export function tickBefore(turn: Turn): void {
  const { before } = turn.state.media;
  if (before && before.until <= turn.now) endBefore(turn);
}

/** The connection before sends nothing of a source any more. */
export function cutBefore(turn: Turn, source: Source): void {
  const { before } = turn.state.media;
  if (!before?.sending[source]) return;
  turn.emit({ type: 'cut-old-peer', source });
  setMedia(turn, { before: { ...before, sending: { ...before.sending, [source]: false } } });
}

export function closeMedia(turn: Turn): void {
  if (turn.state.media.phase === 'closed') return;
  turn.emit({ type: 'close-peer' });
  turn.set({ media: MEDIA_CLOSED, sending: NEITHER, blank: [] });
  forgetNode(turn);
}

/** As closed, but for what it has counted, which the last receipt is compared with: it ends with the group. */
export function retireMedia(turn: Turn): void {
  turn.emit({ type: 'retire-peer' });
  turn.set({ media: MEDIA_CLOSED, sending: NEITHER, blank: [] });
  forgetNode(turn);
}

/** False when the offer is none of ours. */
export function onOffer(turn: Turn, sdp: string): boolean {
  const offer = readOffer(sdp);
  if (offer) setMedia(turn, { phase: 'offered', until: NEVER, offer });
  return offer !== null;
}

/** Asks the server for transport, as soon as we are in the group, the browser's offer is there, and the node
 * has shown that it may carry us. */
export function askToJoin(turn: Turn): void {
  const { media, line, members } = turn.state;
  if (media.phase === 'returning') return compareAgain(turn);
  if (media.phase !== 'offered' || !media.offer || !isNodeProven(turn.state)) return;
  if (line.phase !== 'open' || members?.phase !== 'in') return;
  const announced = sendingIntent(turn.state);
  turn.set({ announced });
  setMedia(turn, { phase: 'asking', until: turn.now + ANSWER_MS });
  const { transport, sections } = media.offer;
  say(turn, { type: 'join', transport, sections, media: announced });
}

/** What the server says of its transport is compared with the node's certificate first. */
export function onAnswer(turn: Turn, joined: Joined): void {
  if (turn.state.media.phase !== 'asking') return;
  setMedia(turn, { phase: 'comparing', until: turn.now + CONNECT_MS, joined });
  compareTransport(turn, joined.transport, joined.node);
}

/** Fingerprint and addresses as the certificate holds them. */
export function onTransport(turn: Turn, proven: OfferedTransport): void {
  const { phase, offer, joined, returning } = turn.state.media;
  if (phase !== 'comparing' || !offer || !joined) return;
  if (returning) return checkAgain(turn, returning, proven.fingerprint);
  const transport = { ...joined.transport, ...proven, candidates: [...proven.candidates] };
  turn.emit({ type: 'answer-peer', sdp: composeAnswer(offer, { ...joined, transport }) });
  const { fingerprint } = proven;
  setMedia(turn, { phase: 'connecting', until: turn.now + CONNECT_MS, fingerprint });
}

export function onPeerState(turn: Turn, state: PeerState, address: string | null): void {
  if (turn.state.media.phase === 'closed') return;
  if (turn.state.media.returning) return setMedia(turn, { phase: 'failed', until: NEVER });
  switch (state) {
    case 'connected':
      setMedia(turn, { phase: 'checking', until: turn.now + CONNECT_MS });
      return comparePair(turn, address);
    case 'disconnected':
      return setMedia(turn, { phase: 'disconnected', until: turn.now + COME_BACK_MS });
    case 'failed':
      return setMedia(turn, { phase: 'failed', until: NEVER });
  }
}

/** The browser has changed the path by itself: nothing goes over it before its address is proven. */
export function onPeerAddress(turn: Turn, address: string | null): void {
  const { media, node } = turn.state;
  if (media.returning) return setMedia(turn, { phase: 'failed', until: NEVER });
  const isStanding = media.phase === 'connected' || media.phase === 'checking';
  if (!isStanding || address === node.address) return;
  setMedia(turn, { phase: 'checking', until: turn.now + CONNECT_MS });
  comparePair(turn, address);
}

export function onPairProven(turn: Turn, address: string): void {
  const { media, node } = turn.state;
  if (media.phase !== 'checking' || address !== node.address) return;
  // Beside another one the server is told what is sent with this one: from then on it is the one that is heard.
  if (media.before) turn.set({ announced: null });
  const until = Math.min(media.before?.until ?? NEVER, turn.now + BESIDE_MS);
  const before = media.before && { ...media.before, until };
  setMedia(turn, { phase: 'connected', until: NEVER, before });
}

/** True while no connection to another key stands. */
export function isBoundTo({ state: { media } }: Turn, fingerprint: string): boolean {
  return media.fingerprint === null || media.fingerprint === fingerprint;
}

/** Signalling is back: the path gets its full time again, now that the network seems to be there. A
 * server that knows of no path of ours is asked for a new one. */
export function onResumed(turn: Turn, isInWorker: boolean): void {
  const { phase } = turn.state.media;
  if (phase === 'closed' || phase === 'offering' || phase === 'offered') return;
  if (phase === 'returning' && isInWorker) return;
  if (phase === 'asking') {
    setMedia(turn, { phase: 'offered', until: NEVER });
    askNode(turn); // another machine may answer now
  } else if (phase === 'comparing') return;
  else if (!isInWorker) openMedia(turn);
  else if (phase !== 'connected') setMedia(turn, { until: turn.now + COME_BACK_MS });
}

/** How the peer connection stands: what is not well calls for a new session, or ends a first join. */
export function judgeMedia({ state, now }: Turn): MediaVerdict {
  const { media, line, node } = state;
  const isOver = media.until <= now;
  switch (media.phase) {
    case 'closed':
      return 'well';
    case 'connected':
      return node.until <= now ? 'lost' : 'well';
    case 'offered':
      return node.until <= now && line.phase === 'open' ? 'unproven' : 'well';
    case 'offering':
      return isOver ? 'refused' : 'well';
    case 'returning':
    case 'comparing':
      return isOver ? 'unproven' : 'well';
    case 'connecting':
    case 'checking':
      return isOver ? 'blocked' : 'well';
    case 'asking':
    case 'disconnected':
      return isOver && line.phase === 'open' ? 'lost' : 'well';
    case 'failed':
      return line.phase === 'open' ? 'lost' : 'well';
  }
}

export function mediaDeadline(state: CallState): number {
  return Math.min(state.media.before?.until ?? NEVER, presentDeadline(state));
}

function presentDeadline({ media, line, node }: CallState): number {
  // Without signalling a lost path cannot be replaced: it is judged again on resume.
  const isOffered = media.phase === 'offered';
  const needsLine = isOffered || media.phase === 'disconnected' || media.phase === 'asking';
  if (needsLine && line.phase !== 'open') return NEVER;
  return isOffered || media.phase === 'connected' ? node.until : media.until;
}

/** The path stands, and goes to where it may. One that is disconnected does not: the browser may find another. */
export function isJoined({ media }: CallState): boolean {
  return media.phase === 'connected';
}

/** True while tracks belong into their senders. */
export function canSend(state: CallState): boolean {
  return isJoined(state) && mayTalk(state);
}

/** The slots that the server speaks of: those of the connection before, until it has answered for the present one. */
export function slotSetMeant({ media }: CallState): SlotSet {
  const isUnanswered = ['offering', 'offered', 'asking'].includes(media.phase);
  return media.before && isUnanswered ? media.before.set : media.set;
}

/** key: of the slot, be it of the connection before. */
export function kindOf({ offer, set, before }: Media, key: string): Kind | null {
  const mid = midOfKey(key);
  const sections = (setOfKey(key) === set ? offer : before?.offer)?.sections;
  return sections?.find((section) => section.mid === mid)?.kind ?? null;
}

function setMedia(turn: Turn, change: Partial<Media>): void {
  turn.set({ media: { ...turn.state.media, ...change } });
}
