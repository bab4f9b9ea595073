// From raw loudness to what the eye likes: quick up, slow down, no flicker.

import { useEffect } from 'preact/hooks';

/** A ring appears from here on, and stays until the level is well below. The scale is the ear's:
 * 0 at -50 dB, speech at 0.4 to 0.7, a quiet room at 0.1. */
export const SPEAKING_FROM = 0.3;
export const SPEAKING_UNTIL = 0.2;
const FALL = 0.25;

/** One reading in this time is enough for the eye, and keeps the loop cheap. */
const READ_EVERY_MS = 66;
/** Who asked for less motion sees calm steps instead of a dancing bar. */
const READ_EVERY_CALM_MS = 250;

export const smooth = (shown: number, level: number): number =>
  level >= shown ? level : shown + (level - shown) * FALL;

export const isSpeaking = (was: boolean, level: number): boolean =>
  level >= (was ? SPEAKING_UNTIL : SPEAKING_FROM);

/** Calls `read` some times a second as long as the component lives and the page is seen. A timer, not
 * requestAnimationFrame: that makes the browser draw the whole page 60 times a second, which a
 * machine without a fast graphics card pays for with half a core. */
export function useLevelLoop(read: () => void, inputs: readonly unknown[]): void {
  useEffect(() => {
    const calm = matchMedia('(prefers-reduced-motion: reduce)');
    const turn = (): void => {
      if (!document.hidden) read();
    };
    const timer = setInterval(turn, calm.matches ? READ_EVERY_CALM_MS : READ_EVERY_MS);
    return () => clearInterval(timer);
  }, [...inputs]);
}
