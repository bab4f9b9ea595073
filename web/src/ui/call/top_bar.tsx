import type { JSX } from 'preact';

import type { AppState } from '../../call/model';
import { formatDuration } from '../format';
import { useEachSecond } from '../hooks';
import { Icon } from '../icons';
import { locale, t } from '../i18n';
import { Wordmark } from '../parts/wordmark';

function Timer({ since }: { readonly since: number }): JSX.Element {
  useEachSecond();
  const time = formatDuration(Date.now() - since, locale());
  return (
    <span class="timer" title={t('call.duration', { time })}>
      {time}
    </span>
  );
}

export interface TopBarProps {
  readonly state: AppState;
  readonly onProtection: () => void;
}

export function TopBar({ state, onProtection }: TopBarProps): JSX.Element {
  return (
    <header class="top-bar">
      <Wordmark label={t('app.name')} />
      {state.joinedAt === null ? null : <Timer since={state.joinedAt} />}
      <button
        type="button"
        class="chip"
        data-control="protection"
        title={t('protect.chip')}
        onClick={onProtection}
      >
        <Icon name="shield" />
        <span class="chip-long">{t('protect.chip')}</span>
        <span class="chip-short">{t('protect.chip_short')}</span>
      </button>
    </header>
  );
}
