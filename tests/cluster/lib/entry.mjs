// What the directory says of a meeting.

import assert from 'node:assert/strict';

/** An entry as docs/protocol/cluster.md 4 has it, and nothing more. */
export function entryOf(bytes) {
  assert.equal(bytes.length, 89);
  assert.equal(bytes[0], 1);
  return {
    meeting: bytes.subarray(1, 17).toString('hex'),
    node: bytes.subarray(17, 49).toString('hex'),
    generation: bytes.readBigUInt64BE(49),
    policy: bytes.subarray(57, 89).toString('hex'),
  };
}

export async function lookUp(bus, meeting) {
  const { entries } = await bus.entries();
  const found = entries.get(meeting.id.toString('hex'));
  return found && entryOf(found.bytes);
}
