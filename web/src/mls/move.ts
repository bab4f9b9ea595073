// The way of a meeting to another node (docs/protocol/signalling.md 4.4), and what is made of its answer.

import type { Restored } from '../wire/message';
import { readVerifierKey, type VerifierKey } from '../verify/note';
import type { Alarms } from './alarms';
import type { Instance } from './group';
import type { Outlets } from './outlets';
import { composeRestore, type RestorePlan } from './restore';
import type { Seat } from './seat';

export type Landing =
  | 'here' // our epoch, our history: it goes on
  | 'ahead' // a commit is missing here, and nobody can say it again
  | 'behind'; // whoever was removed since then could be in it: never

export interface MoveConfig {
  readonly outlets: Outlets;
  readonly seat: Seat;
  readonly alarms: () => Alarms;
  /** runs a task of the machine's queue */
  readonly run: (task: () => Promise<void> | void) => void;
}

export class Move {
  readonly #config: MoveConfig;
  /** the line on which we brought the meeting along */
  #line: number | null = null;

  constructor(config: MoveConfig) {
    this.#config = config;
  }

  /** To the node of the line: nothing is said to it before it has shown that it may carry the meeting. */
  bring(plan: () => Omit<RestorePlan, 'node' | 'now'> | null): void {
    const { outlets, seat, alarms, run } = this.#config;
    const { line, node } = seat;
    if (node === null) return;
    void (outlets.admitNode?.(node) ?? Promise.resolve(false)).then((isFit) => {
      run(async () => {
        if (line !== seat.line || !seat.isLineUp || alarms().isLasting) return;
        const luggage = isFit ? plan() : null;
        const now = outlets.clock.now();
        const message = luggage && (await composeRestore({ ...luggage, node, now }));
        if (message) {
          this.#line = line;
          outlets.emit({ type: 'say', message, node });
        } else outlets.emit({ type: 'node-unfit', node });
      });
    });
  }

  /** Null: nobody asked, or it is another history, which is told. */
  async land(message: Restored, instance: Instance): Promise<Landing | null> {
    const { outlets, seat, alarms } = this.#config;
    const { node, line } = seat;
    if (node === null || this.#line !== line) return null;
    this.#line = null;
    const key = await readVerifierKey(message.log_key);
    const landing = key ? await compare(instance, message, key) : 'fork';
    if (!key || landing === 'fork') {
      alarms().raise('fork');
      return null;
    }
    if (landing === 'behind') return landing;
    if (!seat.take(message.session, key)) {
      alarms().raise('fork');
      return null;
    }
    outlets.atNode?.(node);
    outlets.emit(landing === 'here' ? { type: 'moved', node } : { type: 'seat-lost' });
    return landing;
  }
}

/** The log has the new node's key and origin from then on, if the answer is 'here'. */
async function compare(
  { group, log }: Instance,
  { epoch, leaf, log: head }: Restored,
  key: VerifierKey,
): Promise<Landing | 'fork'> {
  if (head.size !== epoch + 1) return 'fork';
  if (epoch < group.epoch) return 'behind';
  if (epoch > group.epoch) return 'ahead';
  const isOurs = leaf === group.ownLeaf && (await log.move(key, group.groupId, head));
  return isOurs ? 'here' : 'fork';
}
