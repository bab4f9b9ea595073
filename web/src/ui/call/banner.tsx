// What is wrong: with the group, in red and at once; with the line, once it is worth saying
// (product.md 5c: not before 2 s). An alarm of the group is never called a bad connection.

import type { JSX } from 'preact';

import type { AppState } from '../../call/model';
import { Icon } from '../icons';
import { t } from '../i18n';
import { useSend } from '../port';
import { ALARM_WORDS } from '../texts';

const WORDS = {
  reconnecting: { what: 'call.reconnecting', text: 'call.reconnecting_text' },
  moving: { what: 'call.moving', text: 'call.reconnecting_text' },
  lost: { what: 'call.node_lost', text: 'call.node_lost_text' },
} as const;

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
    const words = state.move === null ? WORDS.reconnecting : WORDS[state.move];
    return (
      <div class="banner" data-banner="reconnecting" data-move={state.move}>
        <span class="spinner" aria-hidden="true" />
        <p>
          <strong>{t(words.what)}</strong> {t(words.text)}
        </p>
      </div>
    );
  }
  if (state.connection === 'still-trying') {
    return (
      <div class="banner banner-strong" data-banner="still-trying" data-move={state.move}>
        <span class="spinner" aria-hidden="true" />
        <p>
          <strong>{t(state.move === 'lost' ? 'call.node_lost' : 'call.still_trying')}</strong>{' '}
          {t(state.move === 'lost' ? 'call.node_lost_text' : 'call.still_trying_text')}
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
