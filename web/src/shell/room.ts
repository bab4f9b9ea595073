// What only a person in a meeting needs: the group's worker, the frame workers and the peer connection,
// and the ways between them. Made when somebody gets ready at the door, so that no other page pays for it
// and nobody waits for it.

import type { ShellEvent } from '../call/event';
import type { GroupCommand, GroupStart } from '../wire/group';
import type { FrameReport } from '../worker/frame_report';
import { DistanceMeter } from './distance_meter';
import { Group } from './group';
import { Peer } from './peer';
import type { Slots } from './slots';
import { Transforms } from './transforms';

export class Room {
  readonly #transforms: Transforms;
  readonly #group: Group;
  readonly peer: Peer;
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

  /** A receipt goes to the group's worker with what our own transport has counted by then. */
  tell(command: GroupCommand): void {
    if (command.type !== 'receipt-came') return this.#group.tell(command);
    void this.peer.counts().then((counts) => this.#group.tell({ ...command, counts }));
  }

  /** A new group: the keys of the one before are forgotten by all workers. */
  enter(prepare: () => Promise<GroupStart>): void {
    void this.#group.start(prepare, this.#transforms.framePorts());
  }

  leave(): void {
    this.#group.stop();
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
