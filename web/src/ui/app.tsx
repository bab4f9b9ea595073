// The root of the user interface: a state comes in, a screen comes out, events go back.

import { render, type JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

import type { AppState, Screen, ViewPort } from '../call/model';
import { Call } from './call/call';
import { onLanguage, startLanguage, t, type Key } from './i18n';
import { Announcer } from './parts/announcer';
import { Toasts } from './parts/toasts';
import { PortContext } from './port';
import { Failed } from './screens/failed';
import { Home } from './screens/home';
import { Lobby } from './screens/lobby';
import { New } from './screens/new';
import { PreJoin } from './screens/pre_join';
import { BadLink, Left, Moved, OtherTab, Unsupported } from './screens/short';
import { FAILURE_WORDS } from './texts';
import './styles/index.css';

/** When fifty people come at once, the state changes two hundred times in a second. The first change is drawn at
 * once, and those that follow together after this time. */
const DRAW_EVERY_MS = 50;

type StateListener = (state: AppState) => void;

/** Draws every state from the first on; waits for the language, so that no text changes its tongue. */
export function mount(
  root: HTMLElement,
  port: ViewPort,
  subscribe: (listener: StateListener) => () => void,
): void {
  let latest: AppState | null = null;
  let isReady = false;
  let drawnAt = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const draw = (): void => {
    clearTimeout(timer);
    timer = undefined;
    if (!isReady || latest === null) return;
    render(<App state={latest} port={port} />, root);
    drawnAt = performance.now();
  };
  onLanguage(draw);
  void startLanguage().then(() => {
    isReady = true;
    draw();
  });
  subscribe((state) => {
    latest = state;
    const wait = DRAW_EVERY_MS - (performance.now() - drawnAt);
    if (wait <= 0) draw();
    else timer ??= setTimeout(draw, wait);
  });
}

interface AppProps {
  readonly state: AppState;
  readonly port: ViewPort;
}

export function App({ state, port }: AppProps): JSX.Element {
  useTitle(state);
  useFocusOnChange(state.screen);
  return (
    <PortContext.Provider value={port}>
      <Show state={state} />
      {state.screen === 'call' ? null : <Toasts state={state} onChoose={null} />}
      <Announcer state={state} />
    </PortContext.Provider>
  );
}

function Show({ state }: { readonly state: AppState }): JSX.Element {
  switch (state.screen) {
    case 'home':
      return <Home />;
    case 'new':
      return <New state={state} />;
    case 'bad-link':
      return <BadLink />;
    case 'unsupported':
      return <Unsupported />;
    case 'pre-join':
      return <PreJoin state={state} />;
    case 'other-tab':
      return <OtherTab />;
    case 'lobby':
      return <Lobby state={state} />;
    case 'call':
      return <Call state={state} />;
    case 'left':
      return <Left />;
    case 'moved':
      return <Moved />;
    case 'failed':
      return <Failed state={state} />;
  }
}

const TITLES: Readonly<Record<Exclude<Screen, 'home' | 'failed'>, Key>> = {
  new: 'new.title.ready',
  'bad-link': 'bad_link.what',
  unsupported: 'unsupported.what',
  'pre-join': 'prejoin.not_in',
  'other-tab': 'other_tab.title',
  lobby: 'lobby.title',
  call: 'call.title',
  left: 'left.title',
  moved: 'moved.title',
};

function titleOf(state: AppState): Key | null {
  if (state.screen === 'home') return null;
  if (state.screen === 'unsupported' && !isSecureContext) return 'insecure.what';
  if (state.screen === 'failed') return FAILURE_WORDS[state.failure ?? 'internal'].what;
  if (state.screen === 'new' && state.newMeeting?.status === 'choosing') return 'new.title.choose';
  if (state.screen === 'new' && state.newMeeting?.status !== 'ready') return 'new.title.making';
  return TITLES[state.screen];
}

function useTitle(state: AppState): void {
  const key = titleOf(state);
  const title = key === null ? t('app.name') : t('app.title', { page: t(key) });
  useEffect(() => {
    document.title = title;
  }, [title]);
}

/** A new screen is read from its heading; the first one is left to the browser. */
function useFocusOnChange(screen: Screen): void {
  const last = useRef(screen);
  useEffect(() => {
    if (last.current === screen) return;
    last.current = screen;
    document.querySelector('h1')?.focus();
  }, [screen]);
}
