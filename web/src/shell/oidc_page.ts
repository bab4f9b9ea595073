// The page in the popup (/oidc): first it waits to be sent to the issuer, then it comes back with the
// answer in its query, hands it over and closes. It knows nothing of any meeting.

import { OIDC_CHANNEL, OIDC_PATH, type OidcAnswer, type OidcNote } from '../wire/oidc';

const CLOSE_MS = 2000;
/** A browser may not let a page close itself that was elsewhere in between. */
const DONE = {
  en: 'That is all here. You can close this window.',
  de: 'Hier ist alles getan. Sie können dieses Fenster schließen.',
};

export function isOidcPage(path: string): boolean {
  return path === OIDC_PATH;
}

export function runOidcPage(root: Pick<HTMLElement, 'textContent'>): void {
  const query = new URLSearchParams(location.search);
  const channel = new BroadcastChannel(OIDC_CHANNEL);
  const waiting = query.get('wait');
  const state = query.get('state');
  if (waiting !== null) goWhenTold(channel, waiting);
  else if (state !== null) handOver(channel, state, { answer: answerOf(query), root });
  else window.close();
}

function goWhenTold(channel: BroadcastChannel, state: string): void {
  channel.onmessage = ({ data }: MessageEvent<OidcNote>) => {
    if (data.state !== state) return;
    if (data.type === 'go') location.replace(data.url);
    if (data.type === 'done') window.close(); // it came to nothing
  };
  tell(channel, { type: 'ready', state });
}

interface Answered {
  readonly answer: OidcAnswer;
  readonly root: Pick<HTMLElement, 'textContent'>;
}

function handOver(channel: BroadcastChannel, state: string, { answer, root }: Answered): void {
  const end = (): void => {
    clearTimeout(timer);
    window.close();
    root.textContent = navigator.language.startsWith('de') ? DONE.de : DONE.en;
  };
  const timer = setTimeout(end, CLOSE_MS);
  history.replaceState(null, '', OIDC_PATH); // the code does not stay in the address
  channel.onmessage = ({ data }: MessageEvent<OidcNote>) => {
    if (data.state === state && data.type === 'done') end();
  };
  tell(channel, { type: 'answer', state, answer });
}

function answerOf(query: URLSearchParams): OidcAnswer {
  return { code: query.get('code'), error: query.get('error'), issuer: query.get('iss') };
}

function tell(channel: BroadcastChannel, note: OidcNote): void {
  channel.postMessage(note);
}
