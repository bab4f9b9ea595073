// The peer connection: one per session. A new session gets a new one, since the server speaks for it
// with new keys and addresses; there is no ICE restart. Timers:
//   offer       5 s for the browser's own offer
//   connect     10 s from the answer to a connection
//   come back   6 s for a lost path to be found again by ICE, then a new session is made

import { composeAnswer } from '../wire/answer';
import type { Joined } from '../wire/message';
import { readOffer } from '../wire/offer';
import { MEDIA_CLOSED, NEITHER, NEVER, type CallState, type Media } from './state';
import type { Turn } from './turn';

const OFFER_MS = 5000;
const CONNECT_MS = 10_000;
const COME_BACK_MS = 6000;

export type MediaVerdict = 'well' | 'refused' | 'blocked' | 'lost';

export function openMedia(turn: Turn): void {
  turn.emit({ type: 'open-peer' });
  turn.set({ sending: NEITHER });
  setMedia(turn, { phase: 'offering', until: turn.now + OFFER_MS, offer: null });
}

export function closeMedia(turn: Turn): void {
  if (turn.state.media.phase === 'closed') return;
  turn.emit({ type: 'close-peer' });
  turn.set({ media: MEDIA_CLOSED, sending: NEITHER });
}

/** False when the offer is none of ours. */
export function onOffer(turn: Turn, sdp: string): boolean {
  const offer = readOffer(sdp);
  if (offer) setMedia(turn, { phase: 'offered', until: NEVER, offer });
  return offer !== null;
}

export function onAnswer(turn: Turn, joined: Joined): void {
  const { offer } = turn.state.media;
  if (!offer) return;
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

/** Signalling is back: the path gets its full time again, now that the network seems to be there. */
export function onResumed(turn: Turn): void {
  const { phase } = turn.state.media;
  if (phase === 'disconnected' || phase === 'connecting') {
    setMedia(turn, { until: turn.now + COME_BACK_MS });
  }
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
    case 'disconnected':
      return isOver && line.phase === 'open' ? 'lost' : 'well';
    case 'failed':
      return line.phase === 'open' ? 'lost' : 'well';
  }
}

export function mediaDeadline({ media, line }: CallState): number {
  // Without signalling a lost path cannot be replaced: it is judged again on resume.
  return media.phase === 'disconnected' && line.phase !== 'open' ? NEVER : media.until;
}

/** True while tracks belong into their senders. */
export function canSend({ media }: CallState): boolean {
  return media.phase === 'connected' || media.phase === 'disconnected';
}

function setMedia(turn: Turn, change: Partial<Media>): void {
  turn.set({ media: { ...turn.state.media, ...change } });
}
