// The frame of every screen but the call: name above, language below.

import type { ComponentChildren, JSX } from 'preact';

import { t } from '../i18n';
import { LanguageSwitch } from './language';
import { Wordmark } from './wordmark';

export interface PageProps {
  readonly kind: string;
  readonly children: ComponentChildren;
}

export function Page({ kind, children }: PageProps): JSX.Element {
  return (
    <div class={`page page-${kind}`}>
      <header class="page-head">
        <a class="home-link" href="/" aria-label={t('app.home')}>
          <Wordmark label={t('app.name')} />
        </a>
      </header>
      <main class="page-main">{children}</main>
      <footer class="page-foot">
        <LanguageSwitch />
      </footer>
    </div>
  );
}

/** The heading of a screen; it takes the focus when the screen changes (app.tsx). */
export function Title({ children }: { readonly children: ComponentChildren }): JSX.Element {
  return <h1 tabIndex={-1}>{children}</h1>;
}
