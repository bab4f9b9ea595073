// Somebody is at the door: on the stage until it is answered, unless the list of people shows it.

import type { JSX } from 'preact';

import type { AppState } from '../../call/model';
import { t } from '../i18n';
import { StandingLine } from '../parts/standing';
import { useSend } from '../port';
import { named } from '../texts';
import { canAdmit } from './callers';

export interface KnockBannerProps {
  readonly state: AppState;
  readonly onShow: () => void;
}

export function KnockBanner({ state, onShow }: KnockBannerProps): JSX.Element | null {
  const send = useSend();
  const { callers, mayAdmit } = state.group;
  const [first] = callers;
  if (!mayAdmit || first === undefined) return null;
  const isOne = callers.length === 1;
  return (
    <div class="banner banner-knock" data-banner="knock">
      <div class="knock-words">
        <strong>
          {isOne
            ? t('knock.one', { name: named(first.name) })
            : t('knock.many', { count: callers.length })}
        </strong>
        {isOne ? <StandingLine standing={first.standing} seenSince={first.seenSince} /> : null}
      </div>
      <div class="knock-acts">
        {isOne && canAdmit(first) ? (
          <button
            type="button"
            class="button button-primary button-small"
            data-control="banner-admit"
            onClick={() => send({ type: 'admit', knocks: [first.knock] })}
          >
            {t('knock.admit')}
          </button>
        ) : null}
        <button
          type="button"
          class="button button-small"
          data-control="banner-show"
          onClick={onShow}
        >
          {t('knock.show')}
        </button>
      </div>
    </div>
  );
}
