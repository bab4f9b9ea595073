// What was said on the bus over one cable, searched for everything that a meeting has: its id, its policy and
// the hash of it, its secret, the names of its people; raw, in hex and in base64. What the directory holds
// (docs/protocol/cluster.md 4) is known by its form and counted; all else that is found is a leak.

import { hostOf, sha256 } from '../../cluster/lib/lab.mjs';

const ENTRY_LENGTH = 89;
const KEY = '$KV.incamera-directory.';
/** What is too short is found by chance. */
const LEAST = 6;

function* places(bytes, needle) {
  for (let at = bytes.indexOf(needle); at >= 0; at = bytes.indexOf(needle, at + 1)) yield at;
}

const formsOf = (bytes) => [bytes, ...['hex', 'base64', 'base64url'].map((coding) => Buffer.from(bytes.toString(coding).replace(/=+$/, '')))];

/** The 89 bytes around a meeting's id are its entry, and nothing else. */
function isEntry(bytes, at, meeting, nodes) {
  const entry = bytes.subarray(at - 1, at - 1 + ENTRY_LENGTH);
  return entry.length === ENTRY_LENGTH && entry[0] === 1 && nodes.some((node) => node.equals(entry.subarray(17, 49))) && sha256(meeting.policy).equals(entry.subarray(57));
}

/** "Are you there, and do you carry this meeting?", and the answer. */
const isPresence = (bytes, at) => bytes[at - 2] === 1 && bytes[at - 1] === 2;

/** Answers of the directory's store to a question hold an entry in base64: taken out, and in clear behind the rest. */
function unfolded(stream) {
  const answered = [];
  const rest = stream.toString('latin1').replace(/"data":"([A-Za-z0-9+/=]+)"/g, (_, coded) => {
    answered.push(Buffer.from(coded, 'base64'));
    return '';
  });
  return Buffer.concat([Buffer.from(rest, 'latin1'), ...answered]);
}

/** { beats, entries, keys, presences, other: what else was found } */
export function heardOnBus(streams, meetings, lab) {
  const nodes = Object.keys(lab.nodes).map((name) => sha256(hostOf(name)));
  const heard = { beats: 0, entries: 0, keys: 0, presences: 0, other: [] };
  for (const stream of streams) {
    const bytes = unfolded(stream);
    for (const _ of places(bytes, Buffer.from('incamera.beat'))) heard.beats++;
    const isPart = new Set(); // where the hash of a policy may stand
    for (const meeting of meetings) {
      const id = Buffer.from(meeting.meeting);
      for (const at of places(bytes, id)) {
        if (isEntry(bytes, at, meeting, nodes)) {
          heard.entries++;
          isPart.add(at + 56);
        } else if (isPresence(bytes, at)) heard.presences++;
        else heard.other.push(`the id of a meeting, outside of its entry`);
      }
      const key = id.toString('hex');
      for (const at of places(bytes, Buffer.from(key))) {
        if (bytes.toString('latin1', at - KEY.length, at) === KEY) heard.keys++;
        else heard.other.push(`the key ${bytes.toString('latin1', at - 40, at + 60)}`);
      }
      for (const form of formsOf(id).slice(2)) for (const _ of places(bytes, form)) heard.other.push('the id of a meeting in base64');
      for (const form of formsOf(sha256(meeting.policy))) for (const at of places(bytes, form)) if (!isPart.has(at)) heard.other.push('the hash of a policy');
      const secrets = { policy: meeting.policy, 'id of a policy': meeting.policy.subarray(1, 17), secret: Buffer.from(meeting.secret) };
      for (const [what, secret] of Object.entries(secrets))
        for (const form of formsOf(secret)) for (const _ of places(bytes, form)) heard.other.push(`the ${what} of a meeting`);
      for (const name of meeting.names ?? []) if (name.length >= LEAST) for (const _ of places(bytes, Buffer.from(name))) heard.other.push(`the name ${name}`);
    }
  }
  return heard;
}
