// The page as it has been loaded: where it stands, what this browser can do, what it remembers.

import type { Boot } from '../call/state';
import { composeFragment, composeLink, parseLink, type Link } from '../wire/link';
import { openKeys } from './keys';
import { loadName, loadSession } from './storage';
import { isInOtherTab } from './tabs';
import { canTransform } from './transforms';

export async function readPage(): Promise<Boot> {
  const place = placeOf(location.pathname);
  const isSupported = canMeet();
  const read = place === 'meeting' ? parseLink(location.pathname, location.hash) : null;
  const meeting = read && (await withoutSeed(read, isSupported));
  return {
    place,
    meeting,
    origin: location.origin,
    address: meeting ? composeLink(location.origin, meeting) : location.href,
    name: loadName(),
    session: meeting ? loadSession(meeting.meeting) : null,
    isInOtherTab: isSupported && meeting !== null && (await isInOtherTab(meeting.meeting)),
    isSupported,
    seed: crypto.getRandomValues(new Uint32Array(1))[0] ?? 0,
  };
}

/** The key of a host link goes out of the address and the history at once, and into the store of keys,
 * from where nothing can read it again. */
async function withoutSeed(link: Link, isSupported: boolean): Promise<Link> {
  const { hostSeed } = link;
  if (!hostSeed) return link;
  history.replaceState(null, '', location.pathname + composeFragment(link));
  if (isSupported) await (await openKeys()).importHost(link.meeting, hostSeed);
  return { ...link, hostSeed: null };
}

function placeOf(path: string): Boot['place'] {
  if (path.startsWith('/m/')) return 'meeting';
  return path === '/new' ? 'new' : 'home';
}

/** Everything that a meeting needs; all of it is missing outside of a secure context. */
function canMeet(): boolean {
  return (
    'RTCPeerConnection' in window &&
    'mediaDevices' in navigator &&
    'locks' in navigator &&
    'BroadcastChannel' in window &&
    'replaceTrack' in RTCRtpSender.prototype &&
    canTransform() // there is no meeting without encryption
  );
}
