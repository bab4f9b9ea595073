// The peer connection: made when the group lets us in, and made anew when it is lost, since the server
// speaks for it with new keys and addresses; there is no ICE restart. Timers:
//   offer       5 s for the browser's own offer
//   answer      10 s for the server's answer to join
//   connect     10 s from the answer to a connection
//   come back   6 s for a lost path to be found again by ICE, then a new session is made

import { composeAnswer } from '../wire/answer';
import type { Joined } from '../wire/message';
import { readOffer } from '../wire/offer';
import { sendingIntent } from './device';
import { mayTalk } from './members';
import type { Kind } from './model';
import { say } from './reconnect';
import { MEDIA_CLOSED, NEITHER, NEVER, type CallState, type Media } from './state';
import type { Turn } from './turn';

const OFFER_MS = 5000;
const ANSWER_MS = 10_000;
const CONNECT_MS = 10_000;
const COME_BACK_MS = 6000;

export type MediaVerdict = 'well' | 'refused' | 'blocked' | 'lost';

export function openMedia(turn: Turn): void {
  turn.emit({ type: 'open-peer' });
  turn.set({ sending: NEITHER, blank: [] });
  turn.set({ roster: { ...turn.state.roster, leaves: new Map() } });
  setMedia(turn, { phase: 'offering', until: turn.now + OFFER_MS, offer: null });
}

export function closeMedia(turn: Turn): void {
  if (turn.state.media.phase === 'closed') return;
  turn.emit({ type: 'close-peer' });
  turn.set({ media: MEDIA_CLOSED, sending: NEITHER, blank: [] });
}

/** False when the offer is none of ours. */
export function onOffer(turn: Turn, sdp: string): boolean {
  const offer = readOffer(sdp);
  if (offer) setMedia(turn, { phase: 'offered', until: NEVER, offer });
  return offer !== null;
}

/** Asks the server for transport, as soon as we are in the group and the browser's offer is there. */
export function askToJoin(turn: Turn): void {
  const { media, line, members } = turn.state;
  if (media.phase !== 'offered' || !media.offer) return;
  if (line.phase !== 'open' || members?.phase !== 'in') return;
  const announced = sendingIntent(turn.state);
  turn.set({ announced });
  setMedia(turn, { phase: 'asking', until: turn.now + ANSWER_MS });
  const { transport, sections } = media.offer;
  say(turn, { type: 'join', transport, sections, media: announced });
}

export function onAnswer(turn: Turn, joined: Joined): void {
  const { phase, offer } = turn.state.media;
  if (phase !== 'asking' || !offer) return;
  turn.emit({ type: 'answer-peer', sdp: composeAnswer(offer, joined) });
  setMedia(turn, { phase: 'connecting', until: turn.now + CONNECT_MS });
}

export function onPeerState(turn: Turn, state: 'connected' | 'disconnected' | 'failed'): void {
  switch (state) {
    case 'connected':
      return setMedia(turn, { phase: 'connected', until: NEVER });
    case 'disconnected':
      return setMedia(turn, { phase: 'disconnected', until: turn.now + COME_BACK_MS });
    case 'failed':
      return setMedia(turn, { phase: 'failed', until: NEVER });
  }
}

/** Signalling is back: the path gets its full time again, now that the network seems to be there. A
 * server that knows of no path of ours is asked for a new one. */
export function onResumed(turn: Turn, isInWorker: boolean): void {
  const { phase } = turn.state.media;
  if (phase === 'closed' || phase === 'offering' || phase === 'offered') return;
  if (phase === 'asking') setMedia(turn, { phase: 'offered', until: NEVER });
  else if (!isInWorker) openMedia(turn);
  else if (phase !== 'connected') setMedia(turn, { until: turn.now + COME_BACK_MS });
}

/** How the peer connection stands: what is not well calls for a new session, or ends a first join. */
export function judgeMedia({ state, now }: Turn): MediaVerdict {
  const { media, line } = state;
  const isOver = media.until <= now;
  switch (media.phase) {
    case 'closed':
    case 'offered':
    case 'connected':
      return 'well';
    case 'offering':
      return isOver ? 'refused' : 'well';
    case 'connecting':
      return isOver ? 'blocked' : 'well';
    case 'asking':
    case 'disconnected':
      return isOver && line.phase === 'open' ? 'lost' : 'well';
    case 'failed':
      return line.phase === 'open' ? 'lost' : 'well';
  }
}

export function mediaDeadline({ media, line }: CallState): number {
  // Without signalling a lost path cannot be replaced: it is judged again on resume.
  const needsLine = media.phase === 'disconnected' || media.phase === 'asking';
  return needsLine && line.phase !== 'open' ? NEVER : media.until;
}

/** The server may be told what we send. */
export function isJoined({ media }: CallState): boolean {
  return media.phase === 'connected' || media.phase === 'disconnected';
}

/** True while tracks belong into their senders. */
export function canSend(state: CallState): boolean {
  return isJoined(state) && mayTalk(state);
}

export function kindOf({ offer }: Media, mid: string): Kind | null {
  return offer?.sections.find((section) => section.mid === mid)?.kind ?? null;
}

function setMedia(turn: Turn, change: Partial<Media>): void {
  turn.set({ media: { ...turn.state.media, ...change } });
}
