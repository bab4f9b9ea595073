// What nodes have signed of our packets, in a line, and the file with which anybody can check it: behind the
// shield during the call, and on the page that follows it.

import type { JSX } from 'preact';
import { useEffect, useId, useState } from 'preact/hooks';

import type { ReceiptsView } from '../../call/model';
import { locale, t } from '../i18n';
import { usePort } from '../port';

const LOOK_EVERY_MS = 1000;
/** One a minute; a busy machine may be late, and a connection may be made anew. */
const LATE_MS = 150_000;

type Standing = 'waiting' | 'none' | 'fault' | 'late' | 'complete';

function useReceipts(): ReceiptsView | null {
  const port = usePort();
  const [receipts, setReceipts] = useState<ReceiptsView | null>(() => port.receipts());
  useEffect(() => {
    const timer = setInterval(() => setReceipts(port.receipts()), LOOK_EVERY_MS);
    return () => clearInterval(timer);
  }, [port]);
  return receipts;
}

/** During the call. */
export function Receipts(): JSX.Element {
  const receipts = useReceipts();
  const standing = standingOf(receipts, Date.now());
  return (
    <div class="receipts" data-receipts={standing}>
      <h4>{t('receipts.title')}</h4>
      <p>{words(receipts, standing, Date.now())}</p>
      <Copies receipts={receipts} />
      <Save hint={t('receipts.hint')} />
    </div>
  );
}

/** After the call; nothing when there were no receipts. */
export function KeptReceipts(): JSX.Element | null {
  const receipts = useReceipts();
  const title = useId();
  if (!receipts || receipts.count === 0) return null;
  const standing = standingOf(receipts, 0);
  return (
    <section class="receipts receipts-kept" data-receipts={standing} aria-labelledby={title}>
      <h2 id={title}>{t('receipts.kept.title')}</h2>
      <p>{words(receipts, standing, 0)}</p>
      <Copies receipts={receipts} />
      <Save hint={t('receipts.kept.hint')} />
    </section>
  );
}

/** Where others of the meeting are carried, and what we send goes to as well. */
function Copies({ receipts }: { readonly receipts: ReceiptsView | null }): JSX.Element | null {
  const copies = receipts?.copies ?? [];
  if (copies.length === 0) return null;
  const names = new Intl.DisplayNames(locale(), { type: 'region', fallback: 'code' });
  const nodes = copies.map(({ node, country }) => `${node} (${names.of(country) ?? country})`);
  return (
    <p data-receipts-copies={copies.length}>
      {t('receipts.copies', { nodes: new Intl.ListFormat(locale()).format(nodes) })}
    </p>
  );
}

function Save({ hint }: { readonly hint: string }): JSX.Element {
  const port = usePort();
  const id = useId();
  const [isSaved, setSaved] = useState<boolean | null>(null);
  const save = (): void => void port.saveEvidence().then(setSaved);
  return (
    <>
      <p class="hint" id={id}>
        {hint}
      </p>
      <button
        type="button"
        class="button"
        data-control="save-evidence"
        aria-describedby={id}
        onClick={save}
      >
        {t('receipts.save')}
      </button>
      <p class="hint" role="status">
        {isSaved === null ? '' : t(isSaved ? 'receipts.saved' : 'receipts.empty')}
      </p>
    </>
  );
}

/** now: in ms since 1970; 0: the call is over, nothing more will come. */
function standingOf(receipts: ReceiptsView | null, now: number): Standing {
  if (receipts?.fault) return 'fault';
  if (receipts?.isWriting === false) return 'none';
  if (receipts && now - receipts.heardAt > LATE_MS) return 'late';
  return receipts && receipts.count > 0 ? 'complete' : 'waiting';
}

function words(receipts: ReceiptsView | null, standing: Standing, now: number): string {
  const { fault = null, seconds = 0, heardAt = 0 } = receipts ?? {};
  switch (standing) {
    case 'waiting':
      return t('receipts.waiting');
    case 'none':
      return t('receipts.unwritten');
    case 'fault':
      return t('receipts.fault', { number: fault?.number ?? 0, reason: fault?.reason ?? '' });
    case 'late':
      return t('receipts.late', { count: Math.floor((now - heardAt) / 60_000) });
    case 'complete':
      return seconds < 60
        ? t('receipts.brief')
        : t('receipts.complete', { count: Math.floor(seconds / 60) });
  }
}
