// A browser that lacks what a meeting needs: there is a screen that says so, and nothing behind it.

import type { AppState, ViewPort } from '../call/model';
import { initialState, type Boot } from '../call/state';

export function standStill(boot: Boot): {
  port: ViewPort;
  subscribe: (listener: (state: AppState) => void) => () => void;
} {
  const nothing = (): void => undefined;
  return {
    port: {
      send: nothing,
      attachVideo: () => nothing,
      microphoneLevel: () => 0,
      slotLevel: () => 0,
      directory: () => Promise.resolve(null),
      distance: () => Promise.resolve(null),
      receipts: () => null,
      saveEvidence: () => Promise.resolve(false),
    },
    subscribe: (listener) => {
      listener(initialState(boot).view);
      return nothing;
    },
  };
}
