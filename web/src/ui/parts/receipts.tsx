// What nodes have signed of our packets, in a line, and the file with which anybody can check it.

import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';

import type { ReceiptsView } from '../../call/model';
import { t } from '../i18n';
import { usePort } from '../port';

const LOOK_EVERY_MS = 2000;

export function Receipts(): JSX.Element {
  const port = usePort();
  const [receipts, setReceipts] = useState<ReceiptsView | null>(() => port.receipts());
  const [isEmpty, setEmpty] = useState(false);
  useEffect(() => {
    const timer = setInterval(() => setReceipts(port.receipts()), LOOK_EVERY_MS);
    return () => clearInterval(timer);
  }, [port]);
  const save = (): void => void port.saveEvidence().then((isThere) => setEmpty(!isThere));
  return (
    <div class="receipts" data-receipts={stateOf(receipts)}>
      <h4>{t('receipts.title')}</h4>
      <p>{words(receipts)}</p>
      <button type="button" class="button" data-control="save-evidence" onClick={save}>
        {t('receipts.save')}
      </button>
      <p class="hint" role="status">
        {t(isEmpty ? 'receipts.empty' : 'receipts.hint')}
      </p>
    </div>
  );
}

function stateOf(receipts: ReceiptsView | null): string {
  if (receipts?.fault) return 'fault';
  if (receipts?.isWriting === false) return 'none';
  return receipts && receipts.count > 0 ? 'complete' : 'waiting';
}

function words(receipts: ReceiptsView | null): string {
  if (!receipts) return t('receipts.waiting');
  const { fault, count, isWriting, seconds } = receipts;
  if (fault) return t('receipts.fault', { number: fault.number, reason: fault.reason });
  if (isWriting === false) return t('receipts.unwritten');
  return count === 0
    ? t('receipts.waiting')
    : t('receipts.complete', { count: Math.floor(seconds / 60) });
}
