// Makes history.json: a meeting whose people come and go, with what a server hears of it, and commits
// that it must refuse. Use: node make.mjs [commits] [people at most] > history.json
// Keys are random, so that each run gives other bytes; which commits there are is always the same.
import * as mls from './mls.mjs';
import { joinFrom } from './join.mjs';
import { attacksOn, keyPackages } from './attacks.mjs';
import {
  addOf,
  contextExtensions,
  cs,
  groupInfoMessage,
  hex,
  keyPackageMessage,
  makePerson,
  pskIdOf,
  pskOf,
  random,
  removeOf,
  seeded,
  sha256,
  welcomeMessage,
} from './people.mjs';

const COMMITS = Number(process.argv[2] ?? 60);
const PEOPLE_MAX = Number(process.argv[3] ?? 12);
/** ts-mls compares lifetimes with the clock. */
const clock = () => Math.floor(Date.now() / 1000);
const ATTACKS_FROM = [3, 20, 44]; // steps before which the attacks are made, if enough are there

const pick = seeded(9420);
const meeting = random(16);
const policy = random(300);
const secrets = new Map(); // base64 of the PSK's id -> PSK
let generation = 1;

function pskId() {
  const id = pskIdOf(meeting, generation);
  const name = Buffer.from(id).toString('base64');
  if (!secrets.has(name)) secrets.set(name, random(32));
  return id;
}

const pskIndexOf = (state) => mls.makePskIndex(state, Object.fromEntries(secrets));
const encodedTree = (state) => mls.encode(mls.ratchetTreeEncoder)(state.ratchetTree);

async function begin() {
  const creator = await makePerson(clock());
  const id = sha256(Buffer.concat([meeting, random(16), sha256(policy)]));
  const { publicPackage, privatePackage } = creator;
  creator.state = await mls.createGroup(
    id,
    publicPackage,
    privatePackage,
    contextExtensions(policy),
    cs,
  );
  creator.leaf = 0;
  const info = await mls.createGroupInfoWithExternalPubAndRatchetTree(creator.state, [], cs);
  return { people: [creator], info: groupInfoMessage(info) };
}

/** Whose turn it is, who comes and who goes. */
function plan(people, step) {
  const committer = people[pick(people.length)];
  const others = people.filter((p) => p !== committer);
  const kind = step === 0 ? 3 : pick(10);
  const leaving = [];
  if ([4, 5, 6, 7].includes(kind) && others.length > 0) {
    const count = kind === 5 ? 1 + pick(Math.min(3, others.length)) : 1;
    for (let i = 0; i < count; i++) leaving.push(others.splice(pick(others.length), 1)[0]);
  }
  const room = PEOPLE_MAX - people.length + leaving.length;
  let coming = 0;
  if (kind <= 3) coming = Math.min(room, kind === 3 ? 1 + pick(4) : 1);
  if (kind === 6 || kind === 7) coming = Math.min(room, 1 + pick(2));
  return { committer, leaving, coming };
}

async function commitOf(committer, proposals, authenticatedData) {
  return mls.createCommit(
    {
      state: committer.state,
      pskIndex: pskIndexOf(committer.state),
      cipherSuite: cs,
    },
    { wireAsPublicMessage: true, extraProposals: proposals, authenticatedData },
  );
}

/** Everybody else works the commit off, and agrees. */
async function deliver(people, committer, result, leaving) {
  for (const person of people) {
    if (person === committer || leaving.includes(person)) continue;
    const index = pskIndexOf(person.state);
    const done = await mls.processPublicMessage(
      person.state,
      result.commit.publicMessage,
      index,
      cs,
    );
    person.state = done.newState;
    agree(person.state, result.newState);
  }
  committer.state = result.newState;
}

function agree(a, b) {
  const same =
    hex(a.groupContext.treeHash) === hex(b.groupContext.treeHash) &&
    hex(a.groupContext.confirmedTranscriptHash) === hex(b.groupContext.confirmedTranscriptHash) &&
    hex(a.keySchedule.epochAuthenticator) === hex(b.keySchedule.epochAuthenticator);
  if (!same) throw new Error(`members disagree in epoch ${b.groupContext.epoch}`);
}

async function welcome(newcomers, result) {
  const added = [];
  for (const person of newcomers) {
    const tree = result.newState.ratchetTree;
    person.state = await joinFrom(result.welcome, person, tree, pskIndexOf(undefined));
    agree(person.state, result.newState);
    person.leaf = person.state.privatePath.leafIndex;
    added.push({
      leaf: person.leaf,
      key_package: hex(keyPackageMessage(person.publicPackage)),
      reference: hex(await mls.makeKeyPackageRef(person.publicPackage, cs.hash)),
      identity: hex(person.identity),
      signature_key: hex(person.keys.publicKey),
    });
  }
  return added;
}

const { people, info } = await begin();
const begun = clock();
const history = {
  now: begun,
  meeting: hex(meeting),
  policy: hex(policy),
  group_info: hex(info),
  tree_hash: hex(people[0].state.groupContext.treeHash),
  creator: {
    identity: hex(people[0].identity),
    signature_key: hex(people[0].keys.publicKey),
  },
  key_packages: await keyPackages(begun),
  steps: [],
};

for (let step = 0; step < COMMITS; step++) {
  const gone = people.find((p) => p.state.groupActiveState.kind !== 'active');
  if (gone !== undefined) throw new Error('a state that is not active');
  if (step % 20 === 19) generation++;
  const { committer, leaving, coming } = plan(people, step);
  const now = clock();
  let attacks = [];
  if (step >= ATTACKS_FROM[0] && people.length >= 4) {
    ATTACKS_FROM.shift();
    attacks = await attacksOn({ people, now, meeting, pskId: pskId() });
  }
  const newcomers = [];
  for (let i = 0; i < coming; i++) newcomers.push(await makePerson(now));
  const proposals = leaving.map((p) => removeOf(p.leaf)).concat(newcomers.map(addOf));
  if (coming > 0) proposals.push(pskOf(pskId()));
  const data = pick(2) === 0 ? new Uint8Array() : random(1 + pick(40));
  const result = await commitOf(committer, proposals, data);
  await deliver(people, committer, result, leaving);
  for (const person of leaving) people.splice(people.indexOf(person), 1);
  const added = await welcome(newcomers, result);
  people.push(...newcomers);
  history.steps.push({
    now,
    attacks,
    commit: hex(mls.encodeMlsMessage(result.commit)),
    welcome: result.welcome === undefined ? null : hex(welcomeMessage(result.welcome)),
    authenticated_data: hex(data),
    committer: committer.leaf,
    removed: leaving.map((p) => p.leaf),
    added,
    has_path: result.commit.publicMessage.content.commit.path !== undefined,
    generation: coming > 0 ? generation : null,
    tree_hash: hex(result.newState.groupContext.treeHash),
    confirmed: hex(result.newState.groupContext.confirmedTranscriptHash),
    tree: hex(sha256(encodedTree(result.newState))),
    members: people.length,
  });
}
process.stdout.write(`${JSON.stringify(history, null, 1)}\n`);
