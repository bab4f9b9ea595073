// Real browsers in the lab of three nodes: pages at the nodes' names, as people have them.

import { Participant } from '../../e2e/lib/browser.mjs';
import { allSeeAndHear } from '../../e2e/lib/expect.mjs';
import { PEOPLE } from '../../e2e/lib/people.mjs';
import { Lab, NODES, hostOf, sha256 } from './lab.mjs';
import { make, newMeeting } from './people.mjs';

export const PORT = 8080;
export const originOf = (name) => `https://${hostOf(name)}:${PORT}`;
const placesOf = (nodes) => Object.fromEntries(Object.entries(nodes).map(([name, place]) => [name, {
  ...place,
  url: `https://${place.ip}:${PORT}`,
  web: ['--tls=self-signed', `--origin=${originOf(name)}, https://${place.ip}:${PORT}`, `--listen=${place.ip}:${PORT}`],
}]));
const flagsOf = (nodes) => [
  `--host-resolver-rules=${Object.values(nodes).map(({ name, ip }) => `MAP ${hostOf(name)} ${ip}`).join(',')}`,
  '--ignore-certificate-errors',
];

/** Its nodes show the log to browsers; flags: of each node, by its name. Certificates that nobody signed are taken from here on. */
export function browserLab(flags = {}, nodes = NODES) {
  process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
  const lab = new Lab({ nodes: placesOf(nodes) });
  for (const node of Object.values(lab.nodes)) {
    node.flags.push(`--log-folder=${lab.folder}/log/public`, ...(flags[node.name] ?? []));
    node.origin = originOf(node.name);
  }
  return lab;
}

/** The link of a meeting without hosts, at this node. */
function linkOf(node, meeting) {
  const part = (bytes) => Buffer.from(bytes).toString('base64url');
  return `${originOf(node.name)}/m/${meeting.name}#1.${part(meeting.secret)}.${part(sha256(meeting.policy).subarray(0, 16))}`;
}

/** Somebody whose browser finds the nodes at their names. */
export const openBrowser = (lab, person, kind = 'chromium') =>
  Participant.open(person, kind, { flags: flagsOf(lab.nodes), isInsecure: true });

/** So many people in a meeting of these countries at this node, in Chromium unless `kinds` says otherwise; they see and hear
 * each other. */
export async function peopleAt(lab, node, count = 2, countries = ['DE', 'FR'], kinds = []) {
  const meeting = { ...newMeeting(lab.terms, countries), secret: Buffer.alloc(16, 7) };
  const status = await make(node, meeting);
  if (status !== 201) throw new Error(`no meeting: ${status}`);
  const people = await Promise.all(PEOPLE.slice(0, count).map((person, i) => openBrowser(lab, person, kinds[i])));
  for (const person of people) await person.join(linkOf(node, meeting));
  await allSeeAndHear(people, 20000);
  return people;
}
