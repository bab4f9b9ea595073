// Other tabs of this browser in the same meeting. A tab in a call holds a lock that others can see
// but that excludes nobody; the tabs talk over a channel that stays in this browser and origin.

import type { Handover, ShellEvent } from '../call/event';

const CHANNEL = 'incamera';
/** A reloaded page may find its own lock, not yet let go: it looks twice. */
const SECOND_LOOK_MS = 250;

type Note =
  | { readonly type: 'ask'; readonly meeting: string; readonly from: string }
  | { readonly type: 'give'; readonly to: string; readonly handover: Handover };

export class Tabs {
  readonly #meeting: string;
  readonly #channel = new BroadcastChannel(CHANNEL);
  readonly #self = crypto.randomUUID();
  #asker: string | null = null;
  #release: (() => void) | null = null;

  constructor(meeting: string, dispatch: (event: ShellEvent) => void) {
    this.#meeting = meeting;
    this.#channel.onmessage = ({ data }: MessageEvent<Note>) => {
      if (data.type === 'ask' && data.meeting === meeting) {
        this.#asker = data.from;
        dispatch({ type: 'handover-asked' });
      } else if (data.type === 'give' && data.to === this.#self) {
        dispatch({ type: 'handover', handover: data.handover });
      }
    };
  }

  /** Other tabs see that this one is in the call, or not any more. */
  hold(on: boolean): void {
    this.#release?.();
    this.#release = null;
    if (!on) return;
    const held = new Promise<void>((resolve) => {
      this.#release = resolve;
    });
    void navigator.locks.request(lockOf(this.#meeting), { mode: 'shared' }, () => held);
  }

  ask(): void {
    this.#post({ type: 'ask', meeting: this.#meeting, from: this.#self });
  }

  give(handover: Handover): void {
    if (this.#asker !== null) this.#post({ type: 'give', to: this.#asker, handover });
  }

  #post(note: Note): void {
    this.#channel.postMessage(note);
  }
}

/** Whether another tab is in this meeting now. */
export async function isInOtherTab(meeting: string): Promise<boolean> {
  if (!(await isHeld(meeting))) return false;
  await new Promise((resolve) => setTimeout(resolve, SECOND_LOOK_MS));
  return isHeld(meeting);
}

async function isHeld(meeting: string): Promise<boolean> {
  const { held } = await navigator.locks.query();
  return held?.some(({ name }) => name === lockOf(meeting)) ?? false;
}

function lockOf(meeting: string): string {
  return `incamera.meeting.${meeting}`;
}
