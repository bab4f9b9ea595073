import type { JSX } from 'preact';

import type { AppState } from '../../call/model';
import { t } from '../i18n';
import { Message } from '../parts/message';
import { Report } from '../parts/report';
import { useSend } from '../port';
import { NODE_WORDS, nodeDetails } from '../node_texts';
import { FAILURE_STEP, FAILURE_WORDS } from '../texts';
import { BackHome } from './short';

export function Failed({ state }: { readonly state: AppState }): JSX.Element {
  const send = useSend();
  const failure = state.failure ?? 'internal';
  const { refusal } = state;
  const words = refusal ? NODE_WORDS[refusal.reason] : FAILURE_WORDS[failure];
  const step = FAILURE_STEP[failure];
  const what =
    failure === 'room-full' && state.peopleMax > 0
      ? t('failure.room_full.what_count', { max: state.peopleMax })
      : t(words.what);
  return (
    <Message
      kind="failed"
      light="off"
      title={what}
      why={t(words.why)}
      next={t(words.next)}
      code={refusal ? nodeDetails(refusal.part, refusal.reason) : t('app.code', { code: failure })}
      actions={
        <>
          {step === null ? null : (
            <button
              type="button"
              class="button button-primary"
              data-control={step}
              onClick={() => send({ type: 'rejoin' })}
            >
              {t(step === 'reload' ? 'app.reload' : 'app.try_again')}
            </button>
          )}
          <BackHome isPrimary={step === null} />
        </>
      }
    >
      {failure === 'media-blocked' ? <Report addresses={state.mediaAddresses ?? []} /> : null}
    </Message>
  );
}
