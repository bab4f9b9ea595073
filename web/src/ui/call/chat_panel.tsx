// What is written in the meeting. Every line is text of somebody: it is shown as text nodes, each in
// its own direction, and nothing in it becomes a link or a picture.

import type { JSX } from 'preact';
import { useEffect, useId, useLayoutEffect, useRef, useState } from 'preact/hooks';

import { CHAT_MAX, type AppState, type ChatLine } from '../../call/model';
import { formatTime } from '../format';
import { Icon } from '../icons';
import { locale, t } from '../i18n';
import { useSend } from '../port';

export interface ChatPanelProps {
  readonly state: AppState;
  readonly onClose: () => void;
}

/** Who has scrolled up to read stays there; from this near to the end on, the newest line is followed. */
const NEAR_PX = 80;

export function ChatPanel({ state, onClose }: ChatPanelProps): JSX.Element {
  const send = useSend();
  const id = useId();
  const list = useRef<HTMLDivElement>(null);
  const isFollowing = useRef(true);

  useEffect(() => {
    // Not at once: the answer draws again, and this drawing has not ended yet.
    const tell = (isOpen: boolean): void =>
      queueMicrotask(() => send({ type: 'chat-open', isOpen }));
    tell(true);
    return () => tell(false);
  }, []);
  useLayoutEffect(() => {
    const element = list.current;
    if (element && isFollowing.current) element.scrollTop = element.scrollHeight;
  }, [state.chat]);

  return (
    <aside class="panel panel-chat" aria-labelledby={id}>
      <header class="panel-head">
        <h2 id={id}>{t('chat.title')}</h2>
        <button type="button" class="icon-button" aria-label={t('app.close')} onClick={onClose}>
          <Icon name="close" />
        </button>
      </header>
      <div
        ref={list}
        class="chat-list"
        role="log"
        tabIndex={0}
        aria-live="polite"
        aria-label={t('chat.list')}
        onScroll={({ currentTarget: { scrollTop, scrollHeight, clientHeight } }) => {
          isFollowing.current = scrollHeight - scrollTop - clientHeight < NEAR_PX;
        }}
      >
        {state.chat.length === 0 ? <p class="chat-empty">{t('chat.empty')}</p> : null}
        {state.chat.map((line, index) => (
          <Line key={`${line.leaf}.${line.id}`} line={line} before={state.chat[index - 1]} />
        ))}
      </div>
      <Field />
    </aside>
  );
}

/** Lines of one person that follow each other within this time stand under one name. */
const TOGETHER_MS = 120_000;

interface LineProps {
  readonly line: ChatLine;
  readonly before: ChatLine | undefined;
}

function Line({ line, before }: LineProps): JSX.Element {
  const isNext =
    before !== undefined &&
    before.leaf === line.leaf &&
    before.name === line.name &&
    line.at - before.at < TOGETHER_MS;
  const name = line.isSelf ? t('chat.you') : line.name === '' ? t('tile.nameless') : line.name;
  return (
    <div class={line.isSelf ? 'chat-line chat-own' : 'chat-line'} data-next={isNext}>
      <p class={isNext ? 'hidden' : 'chat-head'}>
        <bdi class="chat-name">{name}</bdi> <time>{formatTime(line.at, locale())}</time>
      </p>
      <p class="chat-text" dir="auto">
        {line.text}
      </p>
    </div>
  );
}

function Field(): JSX.Element {
  const send = useSend();
  const id = useId();
  const field = useRef<HTMLTextAreaElement>(null);
  const [text, setText] = useState('');
  useEffect(() => field.current?.focus(), []);
  const say = (): void => {
    if (text.trim() !== '') send({ type: 'chat', text });
    setText('');
    field.current?.focus();
  };
  return (
    <form
      class="chat-field"
      onSubmit={(event) => {
        event.preventDefault();
        say();
      }}
    >
      <label class="hidden" for={id}>
        {t('chat.field')}
      </label>
      <textarea
        ref={field}
        id={id}
        rows={2}
        dir="auto"
        enterkeyhint="send"
        placeholder={t('chat.field')}
        maxLength={CHAT_MAX}
        value={text}
        onInput={(event) => setText(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
          event.preventDefault();
          say();
        }}
      />
      <button
        type="submit"
        class="button button-primary"
        data-control="send-chat"
        aria-label={t('app.send')}
      >
        <Icon name="send" />
      </button>
    </form>
  );
}
