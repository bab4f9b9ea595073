// The browser as hooks: size, keys, time.

import type { RefObject } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';

import { actionOf, type Action } from './shortcuts';

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** The size inside the padding of an element, kept up to date. */
export function useSize(element: RefObject<HTMLElement | null>): Size {
  const [size, setSize] = useState<Size>({ width: 0, height: 0 });
  useLayoutEffect(() => {
    const target = element.current;
    if (target === null) return undefined;
    const watch = new ResizeObserver(([entry]) => {
      if (entry === undefined) return;
      const { width, height } = entry.contentRect;
      setSize((old) => (old.width === width && old.height === height ? old : { width, height }));
    });
    watch.observe(target);
    return () => watch.disconnect();
  }, []);
  return size;
}

/** Draws again each second. */
export function useEachSecond(): void {
  const [, setTurn] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => setTurn((turn) => turn + 1), 1000);
    return () => clearInterval(timer);
  }, []);
}

const FIELDS = 'input, textarea, select, [contenteditable]';
const SWITCHES = 'input[type="checkbox"], input[type="radio"], input[type="button"]';

const isTyping = (event: KeyboardEvent): boolean =>
  event.isComposing ||
  (event.target instanceof Element &&
    event.target.matches(FIELDS) &&
    !event.target.matches(SWITCHES));

export function useShortcuts(lettersOn: boolean, act: (action: Action) => void): void {
  const latest = useRef({ act, lettersOn });
  latest.current = { act, lettersOn };
  useEffect(() => {
    const listen = (event: KeyboardEvent): void => {
      if (event.defaultPrevented) return;
      const action = actionOf({
        key: event.key,
        code: event.code,
        hasModifier: event.ctrlKey || event.altKey || event.metaKey,
        isRepeat: event.repeat,
        isTyping: isTyping(event),
        hasDialog: document.querySelector('dialog[open]') !== null,
        lettersOn: latest.current.lettersOn,
      });
      if (action === null) return;
      event.preventDefault();
      latest.current.act(action);
    };
    document.addEventListener('keydown', listen);
    return () => document.removeEventListener('keydown', listen);
  }, []);
}
