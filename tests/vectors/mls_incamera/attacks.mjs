// Commits that a member could sign and that the others would refuse; and KeyPackages that nobody may
// be added with. Each has a name and the fault that the server must find in it.
import * as mls from './mls.mjs';
import * as made from './people.mjs';

const { addOf, cs, hex, makePerson, pskOf, random, removeOf } = made;
const byValue = (proposal) => ({ proposalOrRefType: 'proposal', proposal });
const flipped = (bytes, at = 0) => bytes.map((b, i) => (i === at ? b ^ 1 : b));

/** What a member, or whoever has its signature key, can make of the group as it is. */
class Forger {
  constructor(person) {
    this.state = person.state;
    this.leaf = person.leaf;
    this.signKey = person.keys.signKey;
    this.context = person.state.groupContext;
  }

  async message(proposals, path, other = {}) {
    const context = other.context ?? this.context;
    const sender = other.sender ?? {
      senderType: 'member',
      leafIndex: this.leaf,
    };
    const list = proposals.map((p) => ('proposalOrRefType' in p ? p : byValue(p)));
    const { framedContent, signature } = await mls.createContentCommitSignature(
      context,
      'mls_public_message',
      { proposals: list, path },
      sender,
      other.data ?? new Uint8Array(),
      other.signKey ?? this.signKey,
      cs.signature,
    );
    const publicMessage = await mls.protectPublicMessage(
      this.state.keySchedule.membershipKey,
      context,
      {
        wireformat: 'mls_public_message',
        content: framedContent,
        auth: {
          contentType: 'commit',
          signature,
          confirmationTag: other.tag ?? random(32),
        },
      },
      cs,
    );
    return mls.encodeMlsMessage({
      version: 'mls10',
      wireformat: 'mls_public_message',
      publicMessage,
    });
  }

  /** The path after leaves went and came. */
  async path(removed = [], added = [], exclude = true) {
    let tree = removed.reduce((t, leaf) => mls.removeLeafNode(t, leaf), this.state.ratchetTree);
    const newNodes = [];
    for (const person of added) {
      const [larger, node] = mls.addLeafNode(tree, person.publicPackage.leafNode);
      tree = larger;
      newNodes.push(node);
    }
    const made = await mls.createUpdatePath(
      tree,
      this.leaf,
      this.context,
      this.signKey,
      cs,
      exclude ? newNodes : [],
    );
    return made[1];
  }

  /** A path whose leaf says something else, well signed. */
  async otherLeaf(path, changes, signKey = this.signKey) {
    const { signature: _, ...leaf } = path.leafNode;
    const place = { groupId: this.context.groupId, leafIndex: this.leaf };
    const signed = await mls.signLeafNodeCommit(
      { ...leaf, ...changes, ...place },
      signKey,
      cs.signature,
    );
    return { ...path, leafNode: signed };
  }
}

async function proposalAttacks({ forger, other, now, meeting, pskId }) {
  const fresh = await makePerson(now);
  const named = (person) =>
    makePerson(now, { credential: person.publicPackage.leafNode.credential.identity });
  const [namesake, twin] = [await named(other), await named(fresh)];
  const one = other.leaf;
  const path = await forger.path([one]);
  const psk = pskOf(pskId);
  const long = pskOf(made.pskIdOf(random(16), 1));
  const resumption = pskOf(pskId, {
    psktype: 'resumption',
    usage: 'application',
    pskGroupId: forger.context.groupId,
    pskEpoch: forger.context.epoch,
  });
  const many = [];
  for (let i = 0; i < 51; i++) many.push(addOf(await makePerson(now)));
  const update = {
    proposalType: 'update',
    update: { leafNode: (await forger.path()).leafNode },
  };
  const reference = { proposalOrRefType: 'reference', reference: random(32) };
  const reinit = {
    proposalType: 'reinit',
    reinit: {
      groupId: random(32),
      version: 'mls10',
      cipherSuite: made.SUITE,
      extensions: forger.context.extensions,
    },
  };
  const contextExtensions = {
    proposalType: 'group_context_extensions',
    groupContextExtensions: { extensions: forger.context.extensions },
  };
  const init = {
    proposalType: 'external_init',
    externalInit: { kemOutput: random(32) },
  };
  const custom = { proposalType: 0xf00d, proposalData: random(8) };
  const all = forger.state.ratchetTree.length;
  return [
    ['a Remove without a path', 'PATH', [removeOf(one)]],
    ['nothing without a path', 'PATH', []],
    ['an Add without a PSK', 'PSK', [addOf(fresh)]],
    ['a PSK without an Add', 'PSK', [psk], await forger.path()],
    ['a Remove with a PSK', 'PSK', [removeOf(one), psk], path],
    ['two PSKs', 'PSK', [addOf(fresh), psk, pskOf(pskId)]],
    ['the PSK of another meeting', 'PSK', [addOf(fresh), long]],
    ['a PSK without a generation', 'PSK', [addOf(fresh), pskOf(meeting)]],
    ['a PSK with a longer id', 'PSK', [addOf(fresh), pskOf(random(21))]],
    ['a resumption PSK', 'PSK', [addOf(fresh), resumption]],
    ['a PSK with a short nonce', 'PSK', [addOf(fresh), pskOf(pskId, { pskNonce: random(16) })]],
    ['an Add before a Remove', 'PROPOSAL', [addOf(fresh), removeOf(one), psk], path],
    ['a PSK before an Add', 'PROPOSAL', [psk, addOf(fresh)]],
    ['a PSK before a Remove', 'PROPOSAL', [psk, removeOf(one)], path],
    ['the committer removed', 'PROPOSAL', [removeOf(forger.leaf)], await forger.path()],
    ['one removed twice', 'PROPOSAL', [removeOf(one), removeOf(one)], path],
    ['a leaf that is not there', 'PROPOSAL', [removeOf(all)], await forger.path()],
    ['the last of all leaves', 'PROPOSAL', [removeOf(0xffffffff)], await forger.path()],
    ['51 Adds', 'FULL', [...many, psk]],
    ['an Add twice', 'KEYS', [addOf(fresh), addOf(fresh), psk]],
    ['somebody who is there', 'KEYS', [addOf(other), psk]],
    ['somebody who goes', 'KEYS', [removeOf(one), addOf(other), psk], path],
    ['a credential that is there', 'KEYS', [addOf(namesake), psk]],
    ['a credential twice', 'KEYS', [addOf(fresh), addOf(twin), psk]],
    ['an Update', 'PROPOSAL', [update], await forger.path()],
    ['a reference', 'PROPOSAL', [reference], await forger.path()],
    ['another group', 'PROPOSAL', [reinit]],
    ['other context extensions', 'PROPOSAL', [contextExtensions], await forger.path()],
    ['an external init of a member', 'PROPOSAL', [init], await forger.path()],
    ['a proposal of another kind', 'MALFORMED', [custom], await forger.path()],
  ];
}

async function pathAttacks({ forger, other, now, pskId }) {
  const good = await forger.path();
  const stranger = await cs.signature.keygen();
  const nodes = (change) => ({ ...good, nodes: change(good.nodes) });
  const secrets = (change) =>
    nodes(([first, ...rest]) => [
      { ...first, encryptedPathSecret: change(first.encryptedPathSecret) },
      ...rest,
    ]);
  const fresh = await makePerson(now);
  const withAdd = [addOf(fresh), pskOf(pskId)];
  const leaf = (changes, key) => forger.otherLeaf(good, changes, key);
  const own = forger.state.ratchetTree[2 * forger.leaf].leaf;
  const theirs = forger.state.ratchetTree[2 * other.leaf].leaf.hpkePublicKey;
  const stolen = async () =>
    forger.otherLeaf(await forger.path([other.leaf]), { hpkePublicKey: theirs });
  const badSignature = {
    ...good.leafNode,
    signature: flipped(good.leafNode.signature),
  };
  const wider = { ...made.capabilities, extensions: [0xf1ca, 0xf1cb, 0xf1cc] };
  return [
    ['a path short of a node', nodes((n) => n.slice(1)), 'PATH'],
    ['a path without nodes', nodes(() => []), 'PATH'],
    ['a path with a node more', nodes((n) => [...n, n[0]]), 'PATH'],
    ['a secret too few', secrets((s) => s.slice(1)), 'PATH'],
    ['a secret too many', secrets((s) => [...s, s[0]]), 'PATH'],
    ['a short secret', secrets(([s, ...t]) => [{ ...s, ciphertext: random(47) }, ...t]), 'PATH'],
    ['a short KEM output', secrets(([s, ...t]) => [{ ...s, kemOutput: random(31) }, ...t]), 'PATH'],
    [
      "a leaf's key in the path",
      nodes(([n, ...t]) => [{ ...n, hpkePublicKey: theirs }, ...t]),
      'PATH',
    ],
    [
      'another key in the path',
      nodes(([n, ...t]) => [{ ...n, hpkePublicKey: random(32) }, ...t]),
      'PATH',
    ],
    [
      'a short key in the path',
      nodes(([n, ...t]) => [{ ...n, hpkePublicKey: random(31) }, ...t]),
      'PATH',
    ],
    ['another parent hash', await leaf({ parentHash: random(32) }), 'PATH'],
    ['no parent hash', await leaf({ parentHash: new Uint8Array() }), 'PATH'],
    ['the old key in the leaf', await leaf({ hpkePublicKey: own.hpkePublicKey }), 'PATH'],
    [
      "the path's key in the leaf",
      await leaf({ hpkePublicKey: good.nodes[0].hpkePublicKey }),
      'PATH',
    ],
    ["another leaf's key in the leaf", await leaf({ hpkePublicKey: theirs }), 'PATH'],
    ['a leaf from somewhere else', { ...good, leafNode: fresh.publicPackage.leafNode }, 'LEAF'],
    ['a leaf with a bad signature', { ...good, leafNode: badSignature }, 'LEAF'],
    ['a leaf signed by a stranger', await leaf({}, stranger.signKey), 'LEAF'],
    [
      'another signature key',
      await leaf({ signaturePublicKey: stranger.publicKey }, stranger.signKey),
      'LEAF',
    ],
    [
      'another credential',
      await leaf({
        credential: { credentialType: 'basic', identity: random(16) },
      }),
      'LEAF',
    ],
    ['another identity', await leaf({ extensions: [made.identityExtension(random(32))] }), 'LEAF'],
    ['no identity', await leaf({ extensions: [] }), 'LEAF'],
    ['other capabilities', await leaf({ capabilities: wider }), 'LEAF'],
    ['a path before the Add', good, 'PATH', withAdd],
    ['secrets for those who are new', await forger.path([], [fresh], false), 'PATH', withAdd],
    ['a path without the Remove', good, 'PATH', [removeOf(other.leaf)]],
    ['the key of somebody who goes', await stolen(), 'PATH', [removeOf(other.leaf)]],
    ['a path with a Remove that is not there', await forger.path([other.leaf]), 'PATH'],
  ].map(([what, path, fault, proposals = []]) => [what, fault, proposals, path]);
}

async function framingAttacks({ people, forger, other }) {
  const path = await forger.path();
  const from = (leafIndex) => ({ sender: { senderType: 'member', leafIndex } });
  const context = (changes) => ({ context: { ...forger.context, ...changes } });
  const external = { sender: { senderType: 'external', senderIndex: 0 } };
  const { epoch } = forger.context;
  const stranger = await cs.signature.keygen();
  const rows = [
    ["another member's leaf", 'SIGNATURE', from(other.leaf)],
    ['a leaf outside of the tree', 'SENDER', from(forger.state.ratchetTree.length)],
    ['the last of all leaves', 'SENDER', from(0xffffffff)],
    ['an external sender', 'SENDER', external],
    ['the next epoch', 'EPOCH', context({ epoch: epoch + 1n })],
    ['the epoch before', 'EPOCH', context({ epoch: epoch - 1n })],
    ['another group', 'OTHER', context({ groupId: random(32) })],
    ['another tree', 'SIGNATURE', context({ treeHash: random(32) })],
    ['another past', 'SIGNATURE', context({ confirmedTranscriptHash: random(32) })],
    ['another policy', 'SIGNATURE', context({ extensions: made.contextExtensions(random(300)) })],
    ['another key', 'SIGNATURE', { signKey: stranger.signKey }],
    ['a short confirmation tag', 'MALFORMED', { tag: random(31) }],
  ];
  const made_ = [];
  for (const [what, fault, change] of rows)
    made_.push([what, fault, await forger.message([], path, change)]);
  return made_.concat(await otherMessages(people, forger, other));
}

/** Whole messages that are no commits of a member. */
async function otherMessages(people, forger, other) {
  const state = forger.state;
  const info = await mls.createGroupInfoWithExternalPubAndRatchetTree(state, [], cs);
  const outsider = await makePerson(Number(people[0].publicPackage.leafNode.lifetime.notBefore));
  const pair = [outsider.publicPackage, outsider.privatePackage];
  const external = await mls.joinGroupExternal(info, ...pair, false, cs);
  const index = mls.emptyPskIndex;
  const hidden = await mls.createCommit({ state, pskIndex: index, cipherSuite: cs }, {});
  const said = await mls.createApplicationMessage(state, random(40), cs);
  const proposal = await mls.protectProposalPublic(
    forger.signKey,
    state.keySchedule.membershipKey,
    forger.context,
    new Uint8Array(),
    removeOf(other.leaf),
    forger.leaf,
    cs,
  );
  const publicMessage = (message) =>
    mls.encodeMlsMessage({
      version: 'mls10',
      wireformat: 'mls_public_message',
      publicMessage: message,
    });
  const privateMessage = mls.encodeMlsMessage({
    version: 'mls10',
    wireformat: 'mls_private_message',
    privateMessage: said.privateMessage,
  });
  return [
    ['an external commit', 'SENDER', publicMessage(external.publicMessage)],
    ['an encrypted commit', 'NO_COMMIT', mls.encodeMlsMessage(hidden.commit)],
    ['a proposal alone', 'NO_COMMIT', publicMessage(proposal.publicMessage)],
    ['an application message', 'NO_COMMIT', privateMessage],
    ['a GroupInfo', 'NO_COMMIT', made.groupInfoMessage(info)],
    ['a KeyPackage', 'NO_COMMIT', made.keyPackageMessage(outsider.publicPackage)],
  ];
}

/** KeyPackages as people could knock with: name, fault, message. */
export async function keyPackages(now) {
  const lifetime = (from, to) => ({
    lifetime: { notBefore: BigInt(now + from), notAfter: BigInt(now + to) },
  });
  const capable = (changes) => ({ capabilities: changes });
  const identity = made.identityExtension(random(32));
  const other = { extensionType: 0xf1cd, extensionData: random(4) };
  const rows = [
    ['as it should be', 'FINE', {}],
    ['ten minutes', 'FINE', lifetime(-300, 300)],
    ['over for less than a minute', 'FINE', lifetime(-600, -60)],
    ['not valid for less than a minute', 'FINE', lifetime(60, 660)],
    ['longer than ten minutes', 'LIFETIME', lifetime(-300, 301)],
    ['over for more than a minute', 'LIFETIME', lifetime(-600, -61)],
    ['not valid for more than a minute', 'LIFETIME', lifetime(61, 600)],
    ['over before it begins', 'LIFETIME', lifetime(10, -10)],
    ['for ever', 'LIFETIME', { lifetime: { notBefore: 0n, notAfter: 2n ** 64n - 1n } }],
    ['an extension', 'KEYPACKAGE', { extensions: [other] }],
    ['no identity', 'KEYPACKAGE', { leafExtensions: [] }],
    ['a short identity', 'KEYPACKAGE', { leafExtensions: [made.identityExtension(random(31))] }],
    ['more than an identity', 'KEYPACKAGE', { leafExtensions: [identity, other] }],
    ['another extension', 'KEYPACKAGE', { leafExtensions: [other] }],
    ['a short credential', 'KEYPACKAGE', { credential: random(15) }],
    ['a long credential', 'KEYPACKAGE', { credential: random(17) }],
    ['no extensions understood', 'KEYPACKAGE', capable({ extensions: [] })],
    ['more extensions understood', 'KEYPACKAGE', capable({ extensions: [0xf1ca, 0xf1cb, 0xf1cc] })],
    ['extensions in another order', 'KEYPACKAGE', capable({ extensions: [0xf1cb, 0xf1ca] })],
    ['proposals understood', 'KEYPACKAGE', capable({ proposals: [8] })],
    ['X.509 understood', 'KEYPACKAGE', capable({ credentials: ['basic', 'x509'] })],
  ];
  const packages = [];
  for (const [what, fault, how] of rows)
    packages.push([what, fault, (await makePerson(now, how)).publicPackage]);
  packages.push(...(await brokenPackages(now)));
  return packages.map(([what, fault, keyPackage]) => ({
    what,
    fault,
    message: hex(made.keyPackageMessage(keyPackage)),
  }));
}

async function brokenPackages(now) {
  const person = await makePerson(now);
  const { signature, ...tbs } = person.publicPackage;
  const signed = (changes) =>
    mls.signKeyPackage({ ...tbs, ...changes }, person.keys.signKey, cs.signature);
  const { leafNode } = tbs;
  const badLeaf = { ...leafNode, signature: flipped(leafNode.signature, 63) };
  const chacha = 'MLS_128_DHKEMX25519_CHACHA20POLY1305_SHA256_Ed25519';
  return [
    ['a bad signature', 'KEYPACKAGE', { ...tbs, signature: flipped(signature) }],
    ['a leaf with a bad signature', 'KEYPACKAGE', await signed({ leafNode: badLeaf })],
    ['one key for two things', 'KEYPACKAGE', await signed({ initKey: leafNode.hpkePublicKey })],
    ['a short init key', 'KEYPACKAGE', await signed({ initKey: random(31) })],
    ['another suite', 'KEYPACKAGE', await signed({ cipherSuite: chacha })],
  ];
}

/** All attacks on the group as it is: name, fault, message. */
export async function attacksOn({ people, now, meeting, pskId }) {
  const [attacker, other] = people;
  const scene = {
    people,
    forger: new Forger(attacker),
    other,
    now,
    meeting,
    pskId,
  };
  const rows = [...(await proposalAttacks(scene)), ...(await pathAttacks(scene))];
  for (const { what, fault, message } of await keyPackages(now)) {
    if (fault === 'FINE') continue;
    const [keyPackage] = mls.decodeMlsMessage(Buffer.from(message, 'hex'), 0);
    const add = {
      proposalType: 'add',
      add: { keyPackage: keyPackage.keyPackage },
    };
    rows.push([`an Add of a KeyPackage: ${what}`, fault, [add, pskOf(pskId)]]);
  }
  const attacks = [];
  for (const [what, fault, proposals, path] of rows)
    attacks.push([what, fault, await scene.forger.message(proposals, path)]);
  attacks.push(...(await framingAttacks(scene)));
  return attacks.map(([what, fault, message]) => ({
    what,
    fault,
    message: hex(message),
  }));
}
