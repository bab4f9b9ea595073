// Joining by Welcome (RFC 9420 12.4.3.1). ts-mls's own function is not used: it refuses sound trees in
// which two ancestors of a leaf have different unmerged leaves. The rest is its own.
import * as mls from './mls.mjs';
import { cs } from './people.mjs';

export async function joinFrom(welcome, person, tree, psks) {
  const { publicPackage: own, privatePackage: keys } = person;
  const reference = await mls.makeKeyPackageRef(own, cs.hash);
  const initKey = await cs.hpke.importPrivateKey(keys.initPrivateKey);
  const secrets = await mls.decryptGroupSecrets(initKey, reference, welcome, cs.hpke);
  const zeros = new Uint8Array(cs.kdf.size);
  const [psk] = await mls.accumulatePskSecret(secrets.psks, psks, cs, zeros);
  const { joinerSecret, pathSecret } = secrets;
  const info = await mls.decryptGroupInfo(welcome, joinerSecret, psk, cs);
  if (!(await mls.verifyParentHashes(tree, cs.hash))) throw new Error('parent hashes');
  if (!(await mls.verifyGroupInfoConfirmationTag(info, joinerSecret, psk, cs)))
    throw new Error('confirmation tag');
  const leafIndex = mls.findLeafIndex(tree, own.leafNode);
  const leafOnly = { leafIndex, privateKeys: { [2 * leafIndex]: keys.hpkePrivateKey } };
  let path = leafOnly;
  if (pathSecret !== undefined) {
    const ancestor = mls.firstCommonAncestor(tree, leafIndex, info.signer);
    const above = await mls.pathToRoot(tree, ancestor, pathSecret, cs.kdf);
    for (const node of Object.keys(above)) if (tree[node] === undefined) delete above[node];
    path = mls.mergePrivateKeyPaths(await mls.toPrivateKeyPath(above, leafIndex, cs), leafOnly);
  }
  const context = info.groupContext;
  const [keySchedule, encryption] = await mls.deriveKeySchedule(joinerSecret, psk, context, cs.kdf);
  return {
    groupContext: context,
    ratchetTree: tree,
    privatePath: path,
    signaturePrivateKey: keys.signaturePrivateKey,
    confirmationTag: info.confirmationTag,
    unappliedProposals: {},
    keySchedule,
    secretTree: await mls.createSecretTree(mls.leafWidth(tree.length), encryption, cs.kdf),
    historicalReceiverData: new Map(),
    groupActiveState: { kind: 'active' },
    clientConfig: mls.defaultClientConfig,
  };
}
