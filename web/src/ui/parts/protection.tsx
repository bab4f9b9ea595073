// What is protected and what is not: said plainly, in every language, in this release.

import type { JSX } from 'preact';

import { t } from '../i18n';
import { Dialog } from './dialog';

export function ProtectionDialog({ onClose }: { readonly onClose: () => void }): JSX.Element {
  return (
    <Dialog title={t('protect.title')} onClose={onClose}>
      <dl class="facts">
        <dt>{t('protect.way.title')}</dt>
        <dd>{t('protect.way.text')}</dd>
        <dt>{t('protect.server.title')}</dt>
        <dd>{t('protect.server.text')}</dd>
        <dt>{t('protect.later.title')}</dt>
        <dd>{t('protect.later.text')}</dd>
        <dt>{t('protect.link.title')}</dt>
        <dd>{t('protect.link.text')}</dd>
      </dl>
    </Dialog>
  );
}
