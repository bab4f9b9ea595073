// A member of a meeting that answers the server's pings while it reads: a benchmark may take longer than the server waits.

import { Member } from '../../tests/support/member.mjs';

export class Guest extends Member {
  async next(ms) {
    for (;;) {
      const next = await this.socket.next(ms);
      if (next === undefined || next.opcode === this.OPCODE.CLOSE) return undefined;
      if (next.opcode === this.OPCODE.PING) this.socket.write(this.frame(this.OPCODE.PONG, next.payload));
      if (next.opcode === this.OPCODE.TEXT) return JSON.parse(next.payload);
    }
  }
}
