// The call: bar above, stage, bar below, the list of people beside, dialogs over it.

import type { JSX } from 'preact';
import { useRef, useState } from 'preact/hooks';

import type { AppState } from '../../call/model';
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
import { HelpDialog } from './help_dialog';
import { MoreDialog } from './more_dialog';
import { PeoplePanel } from './people_panel';
import { Stage } from './stage';
import { Toolbar } from './toolbar';
import { TopBar } from './top_bar';

type OpenDialog = 'more' | 'help' | 'protection' | null;

export function Call({ state }: { readonly state: AppState }): JSX.Element {
  const send = useSend();
  const toolbar = useRef<HTMLElement>(null);
  const [hasPanel, setPanel] = useState(false);
  const [dialog, setDialog] = useState<OpenDialog>(null);
  const [letters, setLetters] = useState(lettersOn);
  const people = everybody(state);

  const press = (source: 'microphone' | 'camera'): void => {
    // With a problem the words come first; without one the browser may be asked.
    if (problemOf(state.devices, source) === null) send({ type: 'toggle', source });
    else setDialog('more');
  };
  const closePanel = (): void => {
    setPanel(false);
    toolbar.current?.querySelector<HTMLElement>('[data-control="people"]')?.focus();
  };
  const act = (action: Action): void => {
    switch (action) {
      case 'microphone':
      case 'camera':
        return press(action);
      case 'people':
        return hasPanel ? closePanel() : setPanel(true);
      case 'help':
        return setDialog('help');
      case 'toolbar':
        return toolbar.current?.querySelector<HTMLElement>('button')?.focus();
      case 'close':
        return hasPanel ? closePanel() : undefined;
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
        </div>
        <div class="call-over call-over-below">
          <Toasts state={state} onChoose={() => setDialog('more')} />
        </div>
        {hasPanel ? <PeoplePanel state={state} people={people} onClose={closePanel} /> : null}
      </main>
      <Toolbar
        element={toolbar}
        state={state}
        count={people.length}
        hasPanel={hasPanel}
        onSwitch={press}
        onPeople={() => act('people')}
        onMore={() => setDialog('more')}
      />
      {dialog === 'more' ? (
        <MoreDialog
          devices={state.devices}
          onClose={closeDialog}
          onHelp={() => setDialog('help')}
          onProtection={() => setDialog('protection')}
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
      {dialog === 'protection' ? <ProtectionDialog onClose={closeDialog} /> : null}
    </div>
  );
}
