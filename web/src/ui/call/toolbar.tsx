// The bar below: always in the same order, leaving apart from the rest.

import type { JSX, RefObject } from 'preact';

import type { AppState, Source } from '../../call/model';
import { Icon } from '../icons';
import { t } from '../i18n';
import { SwitchButton } from '../parts/switch_button';
import { useSend } from '../port';

export interface ToolbarProps {
  readonly element: RefObject<HTMLElement | null>;
  readonly state: AppState;
  readonly count: number;
  readonly hasPanel: boolean;
  readonly onSwitch: (source: Source) => void;
  readonly onPeople: () => void;
  readonly onMore: () => void;
}

export function Toolbar(props: ToolbarProps): JSX.Element {
  const send = useSend();
  const { devices } = props.state;
  return (
    <footer class="bar" ref={props.element}>
      <div class="bar-group" role="group" aria-label={t('call.controls')}>
        <SwitchButton
          source="microphone"
          devices={devices}
          onPress={() => props.onSwitch('microphone')}
        />
        <SwitchButton source="camera" devices={devices} onPress={() => props.onSwitch('camera')} />
        <button
          type="button"
          class="bar-button"
          data-control="people"
          aria-expanded={props.hasPanel}
          title={t('bar.people_hint')}
          onClick={props.onPeople}
        >
          <span class="bar-icon">
            <Icon name="people" />
            {props.state.joinedAt === null ? null : <span class="bar-count">{props.count}</span>}
          </span>
          <span class="bar-label">{t('bar.people')}</span>
        </button>
        <button
          type="button"
          class="bar-button"
          data-control="more"
          aria-haspopup="dialog"
          title={t('bar.more_hint')}
          onClick={props.onMore}
        >
          <span class="bar-icon">
            <Icon name="more" />
          </span>
          <span class="bar-label">{t('bar.more')}</span>
        </button>
        <button
          type="button"
          class="bar-button bar-leave"
          data-control="leave"
          onClick={() => send({ type: 'leave' })}
        >
          <span class="bar-icon">
            <Icon name="leave" />
          </span>
          <span class="bar-label">{t('bar.leave')}</span>
        </button>
      </div>
    </footer>
  );
}
