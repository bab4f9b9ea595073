import type { JSX } from 'preact';

import type { AppState } from '../../call/model';
import { formatDuration } from '../format';
import { useEachSecond } from '../hooks';
import { Icon } from '../icons';
import { locale, t, type Key } from '../i18n';
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

interface ShieldProps {
  readonly state: AppState;
  readonly onPress: () => void;
}

/** Green only once the person has compared the code; red when something is wrong. */
function Shield({ state, onPress }: ShieldProps): JSX.Element {
  const { alarm, isCodeCompared } = state.group;
  const kind = alarm !== null ? 'alarm' : isCodeCompared ? 'compared' : 'on';
  const long: Readonly<Record<typeof kind, Key>> = {
    on: 'protect.chip',
    compared: 'protect.chip_compared',
    alarm: 'protect.chip_alarm',
  };
  return (
    <button
      type="button"
      class="chip"
      data-control="protection"
      data-shield={kind}
      aria-haspopup="dialog"
      title={t(long[kind])}
      onClick={onPress}
    >
      <Icon name={kind === 'alarm' ? 'alert' : kind === 'compared' ? 'shield-check' : 'shield'} />
      <span class="chip-long">{t(long[kind])}</span>
      <span class="chip-short">
        {t(kind === 'alarm' ? 'protect.chip_alarm' : 'protect.chip_short')}
      </span>
    </button>
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
      {state.group.isLocked ? (
        <span class="locked">
          <Icon name="lock" />
          <span class="locked-words">{t('safety.locked')}</span>
        </span>
      ) : null}
      <Shield state={state} onPress={onProtection} />
    </header>
  );
}
