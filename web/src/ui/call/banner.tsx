// What is wrong with the line, once it is worth saying (product.md 5c: not before 2 s).

import type { JSX } from 'preact';

import type { AppState } from '../../call/model';
import { t } from '../i18n';
import { useSend } from '../port';

export function Banner({ state }: { readonly state: AppState }): JSX.Element | null {
  const send = useSend();
  if (state.connection === 'reconnecting') {
    return (
      <div class="banner" data-banner="reconnecting">
        <span class="spinner" aria-hidden="true" />
        <p>
          <strong>{t('call.reconnecting')}</strong> {t('call.reconnecting_text')}
        </p>
      </div>
    );
  }
  if (state.connection === 'still-trying') {
    return (
      <div class="banner banner-strong" data-banner="still-trying">
        <span class="spinner" aria-hidden="true" />
        <p>
          <strong>{t('call.still_trying')}</strong> {t('call.still_trying_text')}
        </p>
        <button
          type="button"
          class="button button-primary button-small"
          data-control="rejoin"
          onClick={() => send({ type: 'rejoin' })}
        >
          {t('call.rejoin')}
        </button>
      </div>
    );
  }
  return null;
}
