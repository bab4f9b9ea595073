// What a host can do for all at once.

import type { JSX } from 'preact';
import { useId } from 'preact/hooks';

import type { AppState } from '../../call/model';
import { Icon } from '../icons';
import { t } from '../i18n';
import { CopyLink } from '../parts/copy';
import { Dialog } from '../parts/dialog';
import { LinkText } from '../parts/link_text';
import { useSend } from '../port';

export interface SafetyDialogProps {
  readonly state: AppState;
  readonly onClose: () => void;
}

export function SafetyDialog({ state, onClose }: SafetyDialogProps): JSX.Element {
  const send = useSend();
  const lock = useId();
  const hint = useId();
  const { isLocked, hasNewLink } = state.group;
  return (
    <Dialog title={t('safety.title')} onClose={onClose}>
      <div class="check">
        <input
          id={lock}
          type="checkbox"
          role="switch"
          data-control="lock"
          checked={isLocked}
          aria-describedby={hint}
          onChange={(event) => send({ type: 'lock', on: event.currentTarget.checked })}
        />
        <label for={lock}>{t('safety.lock')}</label>
        <p id={hint} class="hint">
          {t('safety.lock_text')}
        </p>
      </div>
      <div class="safety-link">
        <button
          type="button"
          class="button"
          data-control="new-link"
          onClick={() => send({ type: 'new-link' })}
        >
          <Icon name="key" />
          {t('safety.link')}
        </button>
        <p class="hint">{t('safety.link_text')}</p>
        {hasNewLink && state.link !== null ? (
          <div class="ready-link" role="group" aria-label={t('safety.link_new')}>
            <LinkText link={state.link} />
            <CopyLink state={state} label={t('new.copy')} isPrimary />
          </div>
        ) : null}
      </div>
    </Dialog>
  );
}
