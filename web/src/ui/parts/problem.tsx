// Why a device is not there, and the way out.

import type { JSX } from 'preact';

import type { DeviceProblem, Source } from '../../call/model';
import { Icon } from '../icons';
import { t } from '../i18n';
import { useSend } from '../port';
import { PROBLEM_WORDS } from '../texts';
import { AddressBar } from './address_bar';

export interface ProblemProps {
  readonly source: Source;
  readonly problem: DeviceProblem;
}

export function Problem({ source, problem }: ProblemProps): JSX.Element {
  const send = useSend();
  const words = PROBLEM_WORDS[source][problem];
  return (
    <div class="problem" data-problem={`${source}-${problem}`}>
      <p class="problem-what">
        <Icon name={source === 'microphone' ? 'microphone-off' : 'camera-off'} />
        <strong>{t(words.what)}</strong>
      </p>
      <p>{t(words.why)}</p>
      {problem === 'blocked' ? <AddressBar /> : null}
      <p>{t(words.next)}</p>
      <button
        type="button"
        class="button button-small"
        onClick={() => send({ type: 'retry-device', source })}
      >
        {t('app.try_again')}
      </button>
    </div>
  );
}
