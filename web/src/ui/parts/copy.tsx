// Copies the link of the meeting. It says "copied" only when the core says so.

import type { JSX } from 'preact';

import type { AppState } from '../../call/model';
import { Icon } from '../icons';
import { t } from '../i18n';
import { useSend } from '../port';

export interface CopyLinkProps {
  readonly state: AppState;
  readonly label: string;
  readonly isPrimary?: boolean;
}

export const isCopied = (state: AppState): boolean =>
  state.notices.some(({ notice }) => notice.kind === 'link-copied');

export function CopyLink({ state, label, isPrimary = false }: CopyLinkProps): JSX.Element {
  const send = useSend();
  const done = isCopied(state);
  return (
    <button
      type="button"
      class={isPrimary ? 'button button-primary' : 'button'}
      data-control="copy-link"
      onClick={() => send({ type: 'copy-link' })}
    >
      <Icon name={done ? 'check' : 'copy'} />
      {done ? t('new.copied') : label}
    </button>
  );
}
