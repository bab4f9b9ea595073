// The call: bar above, stage, bar below, one panel beside, dialogs over it.

import type { JSX } from 'preact';
import { useRef, useState } from 'preact/hooks';

import type { AppState, Person } from '../../call/model';
import { useShortcuts } from '../hooks';
import { t } from '../i18n';
import { ProtectionDialog } from '../parts/protection';
import { problemOf } from '../parts/switch_button';
import { Title } from '../parts/page';
import { Toasts } from '../parts/toasts';
import { everybody } from '../people';
import { useSend } from '../port';
import { lettersOn, setLettersOn } from '../settings';
import type { Action } from '../shortcuts';
import { Banner } from './banner';
import { ChatPanel } from './chat_panel';
import { HelpDialog } from './help_dialog';
import { KnockBanner } from './knock_banner';
import { MoreDialog } from './more_dialog';
import { PeoplePanel } from './people_panel';
import { ReactBar } from './react_bar';
import { RemoveDialog } from './remove_dialog';
import { SafetyDialog } from './safety_dialog';
import { Stage } from './stage';
import { Toolbar } from './toolbar';
import { TopBar } from './top_bar';

type OpenDialog = 'more' | 'help' | 'protection' | 'safety' | null;
type OpenPanel = 'people' | 'chat' | null;

export function Call({ state }: { readonly state: AppState }): JSX.Element {
  const send = useSend();
  const toolbar = useRef<HTMLElement>(null);
  const [panel, setPanel] = useState<OpenPanel>(null);
  const [isReacting, setReacting] = useState(false);
  const [dialog, setDialog] = useState<OpenDialog>(null);
  const [removing, setRemoving] = useState<Person | null>(null);
  const [letters, setLetters] = useState(lettersOn);
  const people = everybody(state);
  const self = people.find((person) => person.isSelf);
  // Without hosts nobody has more rights than another; what there is, all may do.
  const isHost = self?.isHost ?? false;
  const isHandUp = self != null && self.handUpAt !== null;

  const focusOn = (control: string): void =>
    toolbar.current?.querySelector<HTMLElement>(`[data-control="${control}"]`)?.focus();
  const press = (source: 'microphone' | 'camera'): void => {
    // With a problem the words come first; without one the browser may be asked.
    if (problemOf(state.devices, source) === null) send({ type: 'toggle', source });
    else setDialog('more');
  };
  const closePanel = (): void => {
    if (panel === null) return;
    focusOn(panel);
    setPanel(null);
  };
  const closeReact = (): void => {
    setReacting(false);
    focusOn('react');
  };
  const act = (action: Action): void => {
    switch (action) {
      case 'microphone':
      case 'camera':
        return press(action);
      case 'hand':
        return send({ type: 'hand', up: !isHandUp });
      case 'people':
      case 'chat':
        return panel === action ? closePanel() : setPanel(action);
      case 'help':
        return setDialog('help');
      case 'toolbar':
        return focusOn('microphone');
      case 'close':
        return isReacting ? closeReact() : closePanel();
    }
  };
  useShortcuts(letters, act);

  const closeDialog = (): void => setDialog(null);
  return (
    <div class="call" data-connection={state.connection}>
      <TopBar state={state} onProtection={() => setDialog('protection')} />
      <main class="call-main">
        <div class="hidden">
          <Title>{t('call.title')}</Title>
        </div>
        <Stage state={state} people={people} />
        <div class="call-over">
          <Banner state={state} />
          {panel === 'people' ? null : (
            <KnockBanner state={state} onShow={() => setPanel('people')} />
          )}
        </div>
        <div class="call-over call-over-below">
          <Toasts
            state={state}
            onChoose={() => setDialog('more')}
            onRead={() => setPanel('chat')}
          />
          {isReacting ? <ReactBar isHandUp={isHandUp} onClose={closeReact} /> : null}
        </div>
        {panel === 'people' ? (
          <PeoplePanel
            state={state}
            people={people}
            isHost={isHost}
            lettersOn={letters}
            onRemove={setRemoving}
            onSafety={() => setDialog('safety')}
            onClose={closePanel}
          />
        ) : null}
        {panel === 'chat' ? <ChatPanel state={state} onClose={closePanel} /> : null}
      </main>
      <Toolbar
        element={toolbar}
        state={state}
        count={people.length}
        panel={panel}
        isReacting={isReacting}
        onSwitch={press}
        onReact={() => setReacting(!isReacting)}
        onChat={() => act('chat')}
        onPeople={() => act('people')}
        onMore={() => setDialog('more')}
      />
      {dialog === 'more' ? (
        <MoreDialog
          state={state}
          onClose={closeDialog}
          onHelp={() => setDialog('help')}
          onProtection={() => setDialog('protection')}
          onSafety={isHost ? () => setDialog('safety') : null}
        />
      ) : null}
      {dialog === 'help' ? (
        <HelpDialog
          letters={letters}
          onLetters={(on) => {
            setLettersOn(on);
            setLetters(on);
          }}
          onClose={closeDialog}
        />
      ) : null}
      {dialog === 'protection' ? (
        <ProtectionDialog state={state} people={people} onClose={closeDialog} />
      ) : null}
      {dialog === 'safety' ? <SafetyDialog state={state} onClose={closeDialog} /> : null}
      {removing === null ? null : (
        <RemoveDialog
          person={removing}
          canBan={state.group.isHosted}
          onClose={() => setRemoving(null)}
        />
      )}
    </div>
  );
}
