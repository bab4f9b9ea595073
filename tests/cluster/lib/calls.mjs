// Members of a meeting at nodes of the lab, and the ways of a meeting from one to another.

import assert from 'node:assert/strict';
import { hostOf, pause, sha256, until } from './lab.mjs';
import { clientOf, knock, make, newMeeting } from './people.mjs';

export const isAt = (entry, node) => entry.node === sha256(hostOf(node.name)).toString('hex');
export const blobOf = (node) => async (hash) => {
  const answer = await fetch(`${node.url}/api/v1/blobs/${hash}`);
  assert.equal(answer.status, 200);
  return new Uint8Array(await answer.arrayBuffer());
};

/** Members 0 to n - 1 of a new meeting at this node. */
export async function gather(lab, node, n, countries = ['DE', 'FR']) {
  const meeting = newMeeting(lab.terms, countries);
  assert.equal(await make(node, meeting), 201);
  const members = [];
  for (let i = 0; i < n; i++) {
    const { member, error } = await knock(node, meeting);
    assert.equal(error, undefined, error);
    members.push(member);
    if (i === 0) {
      await member.create();
      continue;
    }
    await members[0].commit({ add: [member] });
    await member.enter(blobOf(node));
    for (const other of members.slice(1, -1)) await other.until('commit');
  }
  return { meeting, members };
}

/** Until the node takes the meeting; what it says each time else is told to `other`. */
export async function restored(member, node, other = () => {}) {
  const said = [];
  return until(async () => {
    const { restored: done, error } = await member.restore(await clientOf(node), hostOf(node.name));
    if (error) {
      said.push(`${error.code} ${error.reason ?? ''}`);
      other(error);
    }
    return done;
  }, () => `not restored at ${node.name}: ${said.join(', ')}\n${node.log.slice(-3000)}`, 12000);
}

export const refusal = async (member, node) => (await member.restore(await clientOf(node), hostOf(node.name))).error;

/** The node's head is that of the member's own log. */
export function checkHead(member, { size, checkpoint }) {
  assert.equal(size, member.log.size);
  assert.equal(checkpoint.split('\n')[2], Buffer.from(member.log.root()).toString('base64'));
}

/** As soon as the node lets it: not while the meeting settles. */
export async function commit(member, work) {
  return until(() => member.commit(work).catch((error) => {
    if (!/refused (epoch|busy)/.test(error.message)) throw error;
    return undefined;
  }), () => 'never committed', 12000);
}

export async function isBack(node) {
  await node.start();
  await node.says(/"node_known".*"nodes":3/, 30000);
  await pause(3500); // who has watched for less than a lease takes nothing
}

