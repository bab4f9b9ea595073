// The short screens: a link that is no link, a browser that is too old, the ends of a call.

import type { ComponentChildren, JSX } from 'preact';

import { t } from '../i18n';
import { Message } from '../parts/message';
import { KeptReceipts } from '../parts/receipts';
import { useSend } from '../port';

export function BackHome({ isPrimary = false }: { readonly isPrimary?: boolean }): JSX.Element {
  return (
    <a class={isPrimary ? 'button button-primary' : 'button'} href="/">
      {t('app.back_home')}
    </a>
  );
}

export function BadLink(): JSX.Element {
  return (
    <Message
      kind="bad-link"
      light="off"
      title={t('bad_link.what')}
      why={t('bad_link.why')}
      next={t('bad_link.next')}
      actions={<BackHome isPrimary />}
    />
  );
}

/** Without https a browser hides what a meeting needs, and looks as if it were too old. */
export function Unsupported(): JSX.Element {
  if (!isSecureContext) {
    return (
      <Message
        kind="unsupported"
        light="off"
        title={t('insecure.what')}
        why={t('insecure.why')}
        next={t('insecure.next')}
      />
    );
  }
  return (
    <Message
      kind="unsupported"
      light="off"
      title={t('unsupported.what')}
      why={t('unsupported.why')}
      next={t('unsupported.next')}
    />
  );
}

export function Left(): JSX.Element {
  const send = useSend();
  return (
    <Message
      kind="left"
      light="on"
      title={t('left.title')}
      why={t('left.text')}
      actions={
        <>
          <button
            type="button"
            class="button button-primary"
            data-control="rejoin"
            onClick={() => send({ type: 'rejoin' })}
          >
            {t('left.rejoin')}
          </button>
          <BackHome />
        </>
      }
      after={<KeptReceipts />}
    />
  );
}

export function Moved(): JSX.Element {
  return (
    <Message
      kind="moved"
      light="on"
      title={t('moved.title')}
      why={t('moved.text')}
      actions={<BackHome />}
      after={<KeptReceipts />}
    />
  );
}

interface ChoiceProps {
  readonly control: string;
  readonly title: string;
  readonly text: string;
  readonly isPrimary: boolean;
  readonly onPress: () => void;
}

function Choice(props: ChoiceProps): ComponentChildren {
  return (
    <li class="choice">
      <p>{props.text}</p>
      <button
        type="button"
        class={props.isPrimary ? 'button button-primary' : 'button'}
        data-control={props.control}
        onClick={props.onPress}
      >
        {props.title}
      </button>
    </li>
  );
}

export function OtherTab(): JSX.Element {
  const send = useSend();
  return (
    <Message kind="other-tab" light="on" title={t('other_tab.title')} why={t('other_tab.text')}>
      <ul class="choices">
        <Choice
          control="move-here"
          title={t('other_tab.move')}
          text={t('other_tab.move_text')}
          isPrimary
          onPress={() => send({ type: 'move-here' })}
        />
        <Choice
          control="join-as-another"
          title={t('other_tab.another')}
          text={t('other_tab.another_text')}
          isPrimary={false}
          onPress={() => send({ type: 'join-as-another' })}
        />
      </ul>
    </Message>
  );
}
