// The ring around who speaks. One loop for the whole stage; it writes to the page only on a change.

import type { RefObject } from 'preact';
import { useRef } from 'preact/hooks';

import type { Person } from '../../call/model';
import { isSpeaking, smooth, useLevelLoop } from '../levels';
import { usePort } from '../port';
import { SELF, audioSource } from './tile';

/** The ring has this many strengths: fewer changes of style than frames. */
const STEPS = 4;

interface Shown {
  level: number;
  step: number;
  isSpeaking: boolean;
}

export function useSpeaking(list: RefObject<HTMLElement | null>, people: readonly Person[]): void {
  const port = usePort();
  const shown = useRef(new WeakMap<Element, Shown>());
  const sources = people.map(audioSource).join(' ');
  useLevelLoop(() => {
    for (const tile of list.current?.children ?? []) {
      if (!(tile instanceof HTMLElement)) continue;
      const source = tile.dataset['audio'];
      const level =
        source === undefined
          ? 0
          : source === SELF
            ? port.microphoneLevel()
            : port.slotLevel(source);
      const was = shown.current.get(tile) ?? { level: 0, step: 0, isSpeaking: false };
      const now = next(was, level);
      if (now.isSpeaking !== was.isSpeaking) tile.toggleAttribute('data-speaking', now.isSpeaking);
      if (now.step !== was.step) tile.style.setProperty('--level', `${now.step / STEPS}`);
      shown.current.set(tile, now);
    }
  }, [sources]);
}

function next(was: Shown, raw: number): Shown {
  const level = smooth(was.level, raw);
  const speaks = isSpeaking(was.isSpeaking, level);
  return { level, isSpeaking: speaks, step: speaks ? Math.ceil(Math.min(1, level) * STEPS) : 0 };
}
