// The hand and the reactions, above the bar while they are wanted.

import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

import { REACTIONS } from '../../call/model';
import { Icon } from '../icons';
import { t } from '../i18n';
import { useSend } from '../port';

export interface ReactBarProps {
  readonly isHandUp: boolean;
  readonly onClose: () => void;
}

export function ReactBar({ isHandUp, onClose }: ReactBarProps): JSX.Element {
  const send = useSend();
  const first = useRef<HTMLButtonElement>(null);
  useEffect(() => first.current?.focus(), []);
  return (
    <div class="react-bar" role="group" aria-label={t('bar.react')}>
      <button
        ref={first}
        type="button"
        class="button button-small react-hand"
        data-control="hand"
        aria-pressed={isHandUp}
        onClick={() => {
          send({ type: 'hand', up: !isHandUp });
          onClose();
        }}
      >
        <Icon name="hand" />
        {t(isHandUp ? 'react.hand_down' : 'react.hand_up')}
      </button>
      <div class="react-list" role="group" aria-label={t('react.list')}>
        {REACTIONS.map((emoji) => (
          <button
            key={emoji}
            type="button"
            class="react-emoji"
            data-reaction={emoji}
            onClick={() => {
              send({ type: 'reaction', emoji });
              onClose();
            }}
          >
            {emoji}
          </button>
        ))}
      </div>
    </div>
  );
}
