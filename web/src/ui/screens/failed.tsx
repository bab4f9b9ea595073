import type { JSX } from 'preact';

import { isAnywhere } from '../../call/regions';
import type { AppState } from '../../call/model';
import { countryList } from '../countries';
import { t } from '../i18n';
import { Message } from '../parts/message';
import { KeptReceipts } from '../parts/receipts';
import { Report } from '../parts/report';
import { useSend } from '../port';
import { NODE_WORDS, nodeDetails } from '../node_texts';
import { FAILURE_STEP, FAILURE_WHERE, FAILURE_WORDS } from '../texts';
import { BackHome } from './short';

/** A node is refused before anything is sent to it, or later, and that is no small difference. */
function whyOf({ refusal }: AppState, why: string): string {
  if (!refusal) return why;
  return `${why} ${t(refusal.wasSent ? 'node.was_sent' : 'node.nothing_sent')}`;
}

export function Failed({ state }: { readonly state: AppState }): JSX.Element {
  const send = useSend();
  const failure = state.failure ?? 'internal';
  const { refusal } = state;
  const words = refusal ? NODE_WORDS[refusal.reason] : FAILURE_WORDS[failure];
  const step = FAILURE_STEP[failure];
  return (
    <Message
      kind="failed"
      light="off"
      title={titleOf(state)}
      why={whyOf(state, t(words.why))}
      next={t(words.next)}
      code={refusal ? nodeDetails(refusal) : t('app.code', { code: failure })}
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
      after={<KeptReceipts />}
    >
      {failure === 'media-blocked' ? <Report addresses={state.mediaAddresses ?? []} /> : null}
    </Message>
  );
}

/** So many countries are named; of more, their number. */
const NAMED_MAX = 3;

function titleOf({ failure, refusal, peopleMax, failureCountries = [] }: AppState): string {
  if (refusal) return t(NODE_WORDS[refusal.reason].what);
  const kind = failure ?? 'internal';
  if (kind === 'room-full' && peopleMax > 0) {
    return t('failure.room_full.what_count', { max: peopleMax });
  }
  const key = FAILURE_WHERE[kind];
  if (key === undefined || failureCountries.length === 0) return t(FAILURE_WORDS[kind].what);
  return t(key, { where: whereOf(failureCountries) });
}

function whereOf(countries: readonly string[]): string {
  if (isAnywhere(countries)) return t('place.any');
  if (countries.length <= NAMED_MAX) return countryList(countries);
  return t('failure.countries', { count: countries.length });
}
