// Short notices. A screen reader hears them from announcer.tsx, so this list is silent.

import type { JSX } from 'preact';

import type { AppState, Notice } from '../../call/model';
import { Icon } from '../icons';
import { isolated, t } from '../i18n';
import { named } from '../texts';
import { useSend } from '../port';
import { lettersOn } from '../settings';

/** Older ones wait: two are as much as anybody reads, and they cover the stage. */
const SHOWN_MAX = 2;

function words(notice: Notice): string {
  switch (notice.kind) {
    case 'muted-speech':
      return t(lettersOn() ? 'notice.muted_speech' : 'notice.muted_speech_letterless');
    case 'you-are-muted':
      return t('notice.you_are_muted');
    case 'device-switched':
      return t(
        notice.source === 'microphone' ? 'notice.microphone_switched' : 'notice.camera_switched',
        { label: isolated(notice.label) },
      );
    case 'device-lost':
      return t(notice.source === 'microphone' ? 'notice.microphone_lost' : 'notice.camera_lost');
    case 'joined':
      return t('notice.joined', { name: named(notice.name) });
    case 'gone':
      return t('notice.gone', { name: named(notice.name) });
    case 'removed':
      return t('notice.removed', { name: named(notice.name), by: named(notice.by) });
    case 'chat':
      return t('notice.chat', { name: named(notice.name), text: isolated(notice.text) });
    case 'link-copied':
      return t('notice.link_copied');
    case 'link-changed':
      return t('notice.link_changed');
    case 'sign-in-failed':
      return t('notice.sign_in_failed');
    case 'server-restarting':
      return t('notice.server_restarting');
    case 'moved':
      return t('notice.moved', { node: isolated(notice.node) });
  }
}

export interface ToastsProps {
  readonly state: AppState;
  /** opens the choice of devices; null where it is on the screen anyway */
  readonly onChoose: (() => void) | null;
  /** opens the chat; only in a call */
  readonly onRead?: () => void;
}

export function Toasts({ state, onChoose, onRead }: ToastsProps): JSX.Element | null {
  const send = useSend();
  // The button that copied says so itself.
  const shown = state.notices
    .filter(({ notice }) => notice.kind !== 'link-copied')
    .slice(-SHOWN_MAX);
  if (shown.length === 0) return null;
  return (
    <ul class="toasts" aria-label={t('notice.list')}>
      {shown.map(({ id, notice }) => (
        <li key={id} class="toast" data-notice={notice.kind}>
          <span class="toast-words">{words(notice)}</span>
          {notice.kind === 'muted-speech' ? (
            <button
              type="button"
              class="toast-action"
              onClick={() => {
                send({ type: 'toggle', source: 'microphone' });
                send({ type: 'dismiss', notice: id });
              }}
            >
              {t('notice.unmute')}
            </button>
          ) : null}
          {onChoose !== null &&
          (notice.kind === 'device-lost' || notice.kind === 'device-switched') ? (
            <button type="button" class="toast-action" onClick={onChoose}>
              {t('notice.choose')}
            </button>
          ) : null}
          {onRead !== undefined && notice.kind === 'chat' ? (
            <button type="button" class="toast-action" onClick={onRead}>
              {t('notice.read')}
            </button>
          ) : null}
          <button
            type="button"
            class="toast-close"
            aria-label={t('notice.dismiss')}
            onClick={() => send({ type: 'dismiss', notice: id })}
          >
            <Icon name="close" />
          </button>
        </li>
      ))}
    </ul>
  );
}
