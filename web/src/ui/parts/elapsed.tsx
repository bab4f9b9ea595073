import type { JSX } from 'preact';

import { formatDuration } from '../format';
import { useEachSecond } from '../hooks';
import { locale, t, type Key } from '../i18n';

export interface ElapsedProps {
  readonly since: number;
  /** a text with {{time}} */
  readonly words: Key;
}

/** How long something has been going on; not read out each second. */
export function Elapsed({ since, words }: ElapsedProps): JSX.Element {
  useEachSecond();
  return (
    <span class="elapsed">{t(words, { time: formatDuration(Date.now() - since, locale()) })}</span>
  );
}
