// What only a person in a meeting needs: the group's worker, the frame workers and the peer connection,
// and the ways between them. Made when somebody gets ready at the door, so that no other page pays for it
// and nobody waits for it.

import type { ShellEvent } from '../call/event';
import type { GroupCommand, GroupStart } from '../wire/group';
import type { FrameReport } from '../worker/frame_report';
import { isLastReceipt } from '../wire/last_receipt';
import { DistanceMeter } from './distance_meter';
import { Group } from './group';
import { Peer } from './peer';
import type { Slots } from './slots';
import { Transforms } from './transforms';

export class Room {
  readonly #transforms: Transforms;
  readonly #group: Group;
  readonly peer: Peer;
  /** what came has been told, with what was counted */
  #counted: Promise<unknown> = Promise.resolve();
  readonly distance = new DistanceMeter();

  constructor(dispatch: (event: ShellEvent) => void, slots: Slots) {
    this.#transforms = new Transforms((report) => {
      const event = eventOf(report);
      if (event) dispatch(event);
    });
    this.#group = new Group(dispatch);
    this.#group.prepare();
    this.peer = new Peer(dispatch, slots, this.#transforms, this.distance);
  }

  get group(): Pick<Group, 'receipts' | 'evidence'> {
    return this.#group;
  }

  /** A receipt goes to the group's worker with what our own transport has counted by then. What is said of
   * receipts keeps its order. */
  tell(command: GroupCommand): void {
    const { type } = command;
    if (type !== 'receipt-came' && type !== 'receipts-written') return this.#group.tell(command);
    const tell = this.#group.line();
    const whole = type === 'receipt-came' ? this.#withCounts(command) : Promise.resolve(command);
    this.#counted = Promise.all([whole, this.#counted]).then(([told]) => tell(told));
  }

  async #withCounts(
    command: Extract<GroupCommand, { type: 'receipt-came' }>,
  ): Promise<GroupCommand> {
    return { ...command, counts: await this.peer.counts(isLastReceipt(command.receipt)) };
  }

  /** A new group: the keys of the one before are forgotten by all workers. */
  enter(prepare: () => Promise<GroupStart>): void {
    void this.#group.start(prepare, this.#transforms.framePorts());
  }

  /** A transport that was retired has been counted by then. */
  leave(): void {
    const stopped = this.#group.stop(this.#counted);
    void stopped.then(() => this.peer.closeRetired());
  }
}

function eventOf(report: FrameReport): ShellEvent | null {
  switch (report.type) {
    case 'decrypts':
      return { type: 'slot-leaf', mid: report.mid, leaf: report.leaf };
    case 'undecodable':
      return report;
    case 'nobody':
      return { type: 'nobody-decodable', isSo: report.isSo };
    case 'broken':
      return { type: 'group-broken' };
    case 'counts':
      return null;
  }
}
