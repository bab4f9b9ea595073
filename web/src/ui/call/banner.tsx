// What is wrong: with the group, in red and at once; with the line, once it is worth saying
// (product.md 5c: not before 2 s). An alarm of the group is never called a bad connection.

import type { JSX } from 'preact';

import type { AppState } from '../../call/model';
import { Icon } from '../icons';
import { t } from '../i18n';
import { useSend } from '../port';
import { ALARM_WORDS } from '../texts';

export function Banner({ state }: { readonly state: AppState }): JSX.Element | null {
  const send = useSend();
  const { alarm } = state.group;
  if (alarm !== null) {
    const words = ALARM_WORDS[alarm];
    return (
      <div class="banner banner-alarm" role="alert" data-banner="alarm" data-alarm={alarm}>
        <Icon name="alert" />
        <p>
          <strong>{t(words.what)}</strong> {t(words.text)}
        </p>
      </div>
    );
  }
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
