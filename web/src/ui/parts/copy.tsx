// Copies the link of the meeting. It says "copied" only when the core says so.

import type { JSX } from 'preact';

import type { AppState } from '../../call/model';
import { Icon } from '../icons';
import { t } from '../i18n';
import { useSend } from '../port';

type Which = 'link' | 'host-link';

export interface CopyLinkProps {
  readonly state: AppState;
  readonly label: string;
  readonly which?: Which;
  readonly isPrimary?: boolean;
}

export const isCopied = (state: AppState, which: Which): boolean =>
  state.notices.some(({ notice }) => notice.kind === 'link-copied' && notice.which === which);

export function CopyLink(props: CopyLinkProps): JSX.Element {
  const { state, label, which = 'link', isPrimary = false } = props;
  const send = useSend();
  const done = isCopied(state, which);
  return (
    <button
      type="button"
      class={isPrimary ? 'button button-primary' : 'button'}
      data-control={`copy-${which}`}
      onClick={() => send({ type: `copy-${which}` })}
    >
      <Icon name={done ? 'check' : 'copy'} />
      {done ? t('app.copied') : label}
    </button>
  );
}
