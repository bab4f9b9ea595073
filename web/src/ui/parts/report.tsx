// What an IT team needs to open the way. No name, no meeting, no link: only addresses and a time.

import type { JSX } from 'preact';
import { useRef, useState } from 'preact/hooks';

import { formatMoment } from '../format';
import { Icon } from '../icons';
import { locale, t } from '../i18n';

export function Report({ addresses }: { readonly addresses: readonly string[] }): JSX.Element {
  const text = useRef<HTMLPreElement>(null);
  const [isCopied, setCopied] = useState(false);
  const [now] = useState(() => Date.now());
  const media = addresses.length > 0 ? addresses.join(', ') : t('report.media_unknown');
  const lines = [
    `${t('report.address')}: ${location.host}`,
    `${t('report.media')}: ${media}`,
    `${t('report.browser')}: ${navigator.userAgent}`,
    `${t('report.time')}: ${formatMoment(now, locale())}`,
  ].join('\n');

  const copy = (): void => {
    navigator.clipboard.writeText(lines).then(
      () => setCopied(true),
      // Not allowed to write: selected instead, ready for the person's own copy key.
      () => text.current !== null && getSelection()?.selectAllChildren(text.current),
    );
  };

  return (
    <section class="report" aria-label={t('report.title')}>
      <pre ref={text} tabIndex={0} role="group" aria-label={t('report.title')}>
        {lines}
      </pre>
      <button type="button" class="button button-small" onClick={copy}>
        <Icon name={isCopied ? 'check' : 'copy'} />
        <span aria-live="polite">{t(isCopied ? 'report.copied' : 'report.copy')}</span>
      </button>
    </section>
  );
}
