// One turn of the state machine: the state as it is being changed, and the effects so far. It lives
// for one call of step(), which is what keeps step() a pure function.

import type { Effect } from './event';
import type { AppState, DeviceState } from './model';
import type { CallState } from './state';

export class Turn {
  state: CallState;
  readonly now: number;
  readonly effects: Effect[] = [];

  constructor(state: CallState, now: number) {
    this.state = state;
    this.now = now;
  }

  get view(): AppState {
    return this.state.view;
  }

  get devices(): DeviceState {
    return this.state.view.devices;
  }

  set(change: Partial<CallState>): void {
    this.state = { ...this.state, ...change };
  }

  /** Changes what the user interface sees; nothing moves when nothing differs. */
  show(change: Partial<AppState>): void {
    if (differs(this.view, change)) this.set({ view: { ...this.view, ...change } });
  }

  showDevices(change: Partial<DeviceState>): void {
    if (differs(this.devices, change)) this.show({ devices: { ...this.devices, ...change } });
  }

  emit(...effects: readonly Effect[]): void {
    this.effects.push(...effects);
  }
}

function differs<T extends object>(whole: T, change: Partial<T>): boolean {
  return (Object.keys(change) as (keyof T)[]).some((key) => !Object.is(whole[key], change[key]));
}
