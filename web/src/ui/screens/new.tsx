import type { JSX } from 'preact';

import type { AppState } from '../../call/model';
import { Icon } from '../icons';
import { t } from '../i18n';
import { CopyLink } from '../parts/copy';
import { LinkText } from '../parts/link_text';
import { Message } from '../parts/message';
import { Page, Title } from '../parts/page';
import { useSend } from '../port';
import { FAILURE_WORDS } from '../texts';

export function New({ state }: { readonly state: AppState }): JSX.Element {
  const send = useSend();
  const meeting = state.newMeeting;
  if (meeting?.status === 'failed') {
    const words = FAILURE_WORDS[meeting.failure ?? 'internal'];
    return (
      <Message
        kind="new"
        light="off"
        title={t('new.failed')}
        why={`${t(words.what)}. ${t(words.why)}`}
        next={t(words.next)}
        code={t('app.code', { code: meeting.failure ?? 'internal' })}
        actions={
          <button
            type="button"
            class="button button-primary"
            onClick={() => send({ type: 'make-meeting' })}
          >
            {t('app.try_again')}
          </button>
        }
      />
    );
  }
  if (meeting?.link == null) {
    return <Message kind="new" light="moving" title={t('new.title.making')} />;
  }
  return (
    <Page kind="new">
      <section class="ready">
        <Title>{t('new.title.ready')}</Title>
        <p class="lead">{t('new.lead')}</p>
        <div class="ready-link" role="group" aria-label={t('new.link')}>
          <LinkText link={meeting.link} />
          <p class="ready-secret">
            <Icon name="key" />
            {t('new.secret')}
          </p>
        </div>
        <div class="actions">
          <CopyLink state={state} label={t('new.copy')} isPrimary />
          <button
            type="button"
            class="button"
            data-control="open-meeting"
            onClick={() => send({ type: 'open-meeting' })}
          >
            <Icon name="door" />
            {t('new.open')}
          </button>
        </div>
      </section>
    </Page>
  );
}
