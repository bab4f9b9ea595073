import type { JSX } from 'preact';

import { Icon, type IconName } from '../icons';
import { t, type Key } from '../i18n';
import { Page, Title } from '../parts/page';
import { Vault } from '../parts/vault';
import { useSend } from '../port';

const FACTS: readonly (readonly [IconName, Key, Key])[] = [
  ['server', 'home.server.title', 'home.server.text'],
  ['key', 'home.link.title', 'home.link.text'],
  ['shield', 'home.honest.title', 'home.honest.text'],
];

export function Home(): JSX.Element {
  const send = useSend();
  return (
    <Page kind="home">
      <section class="hero">
        <div class="hero-words">
          <Title>{t('home.title')}</Title>
          <p class="lead">{t('home.lead')}</p>
          <div class="actions">
            <button
              type="button"
              class="button button-primary button-large"
              data-control="make-meeting"
              onClick={() => send({ type: 'make-meeting', lobby: 'lobby' })}
            >
              {t('home.make')}
            </button>
          </div>
          <p class="hint">{t('home.have_link')}</p>
        </div>
        <figure class="hero-art">
          <Vault />
          <figcaption>
            <dfn lang="la">{t('home.word')}</dfn> {t('home.meaning')}
          </figcaption>
        </figure>
      </section>
      <section class="home-facts" aria-label={t('home.facts')}>
        {FACTS.map(([icon, title, text]) => (
          <div key={title} class="home-fact">
            <Icon name={icon} />
            <h2>{t(title)}</h2>
            <p>{t(text)}</p>
          </div>
        ))}
      </section>
    </Page>
  );
}
