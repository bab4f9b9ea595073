// The page as it has been loaded: where it stands, what this browser can do, what it remembers.

import type { Boot } from '../call/state';
import { parseLink } from '../wire/old_link';
import { loadName, loadSession } from './storage';
import { isInOtherTab } from './tabs';
import { canTransform } from './transforms';

export async function readPage(): Promise<Boot> {
  const place = placeOf(location.pathname);
  const meeting = place === 'meeting' ? parseLink(location.pathname, location.hash) : null;
  const isSupported = canMeet();
  return {
    place,
    meeting,
    address: location.href,
    name: loadName(),
    session: meeting ? loadSession(meeting.meeting) : null,
    isInOtherTab: isSupported && meeting !== null && (await isInOtherTab(meeting.meeting)),
    isSupported,
    seed: crypto.getRandomValues(new Uint32Array(1))[0] ?? 0,
  };
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
