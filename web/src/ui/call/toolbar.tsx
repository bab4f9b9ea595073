// The bar below: always in the same order, leaving apart from the rest.

import type { ComponentChildren, JSX, RefObject } from 'preact';

import type { AppState, Source } from '../../call/model';
import { Icon, type IconName } from '../icons';
import { t } from '../i18n';
import { SwitchButton } from '../parts/switch_button';
import { useSend } from '../port';

export interface ToolbarProps {
  readonly element: RefObject<HTMLElement | null>;
  readonly state: AppState;
  readonly count: number;
  readonly panel: 'people' | 'chat' | null;
  readonly isReacting: boolean;
  readonly onSwitch: (source: Source) => void;
  readonly onReact: () => void;
  readonly onChat: () => void;
  readonly onPeople: () => void;
  readonly onMore: () => void;
}

export function Toolbar(props: ToolbarProps): JSX.Element {
  const send = useSend();
  const { devices, unread } = props.state;
  return (
    <footer class="bar" ref={props.element}>
      <div class="bar-group" role="group" aria-label={t('call.controls')}>
        <SwitchButton
          source="microphone"
          devices={devices}
          onPress={() => props.onSwitch('microphone')}
        />
        <SwitchButton source="camera" devices={devices} onPress={() => props.onSwitch('camera')} />
        <BarButton
          control="react"
          icon="react"
          label={t('bar.react')}
          title={t('bar.react_hint')}
          isExpanded={props.isReacting}
          onPress={props.onReact}
        />
        <BarButton
          control="chat"
          icon="chat"
          label={t('bar.chat')}
          title={t('bar.chat_hint')}
          isExpanded={props.panel === 'chat'}
          onPress={props.onChat}
        >
          {unread === 0 ? null : (
            <span class="bar-count bar-count-new">
              <span aria-hidden="true">{unread}</span>
              <span class="hidden">{t('bar.unread', { count: unread })}</span>
            </span>
          )}
        </BarButton>
        <BarButton
          control="people"
          icon="people"
          label={t('bar.people')}
          title={t('bar.people_hint')}
          isExpanded={props.panel === 'people'}
          onPress={props.onPeople}
        >
          <PeopleCount state={props.state} count={props.count} />
        </BarButton>
        <BarButton
          control="more"
          icon="more"
          label={t('bar.more')}
          title={t('bar.more_hint')}
          onPress={props.onMore}
        />
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

interface BarButtonProps {
  readonly control: string;
  readonly icon: IconName;
  readonly label: string;
  readonly title: string;
  /** undefined: it opens a dialog */
  readonly isExpanded?: boolean;
  readonly onPress: () => void;
  readonly children?: ComponentChildren;
}

function BarButton(props: BarButtonProps): JSX.Element {
  return (
    <button
      type="button"
      class="bar-button"
      data-control={props.control}
      aria-haspopup={props.isExpanded === undefined ? 'dialog' : undefined}
      aria-expanded={props.isExpanded}
      title={props.title}
      onClick={props.onPress}
    >
      <span class="bar-icon">
        <Icon name={props.icon} />
        {props.children}
      </span>
      <span class="bar-label">{props.label}</span>
    </button>
  );
}

/** Who is here; or, while somebody stands at the door, how many do. */
function PeopleCount(props: {
  readonly state: AppState;
  readonly count: number;
}): JSX.Element | null {
  const { group, joinedAt } = props.state;
  const knocking = group.mayAdmit ? group.callers.length : 0;
  if (knocking > 0) {
    return (
      <span class="bar-count bar-count-new">
        <span aria-hidden="true">{knocking}</span>
        <span class="hidden">{t('bar.knocking', { count: knocking })}</span>
      </span>
    );
  }
  return joinedAt === null ? null : <span class="bar-count">{props.count}</span>;
}
