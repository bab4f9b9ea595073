// The parts of ts-mls that are needed; its index wants packages that nothing here uses.
const from = (name) => import(`../../../web/node_modules/ts-mls/dist/src/${name}.js`);

export const { createGroup, makePskIndex } = await from('clientState');
export const { createCommit, createGroupInfoWithRatchetTree, joinGroupExternal } =
  await from('createCommit');
export const { createGroupInfoWithExternalPubAndRatchetTree } = await from('createCommit');
export const { createApplicationMessage } = await from('createMessage');
export const { createContentCommitSignature } = await from('framedContent');
export const { generateKeyPackageWithKey, makeKeyPackageRef, signKeyPackage } =
  await from('keyPackage');
export const { signLeafNodeCommit } = await from('leafNode');
export const { protectProposalPublic, protectPublicMessage } =
  await from('messageProtectionPublic');
export const { decodeMlsMessage, encodeMlsMessage } = await from('message');
export const { processPublicMessage } = await from('processMessages');
export const { accumulatePskSecret, emptyPskIndex } = await from('pskIndex');
export const {
  addLeafNode,
  decodeRatchetTree,
  findLeafIndex,
  ratchetTreeEncoder,
  removeLeafNode,
} = await from('ratchetTree');
export const { encodeRequiredCapabilities } = await from('requiredCapabilities');
export const { createUpdatePath, firstCommonAncestor } = await from('updatePath');
export const { encode } = await from('codec/tlsEncoder');
export const { getCiphersuiteFromName } = await from('crypto/ciphersuite');
export const { getCiphersuiteImpl } = await from('crypto/getCiphersuiteImpl');
export const { signWithLabel } = await from('crypto/signature');
export const { defaultClientConfig } = await from('clientConfig');
export const { decryptGroupInfo, decryptGroupSecrets } = await from('welcome');
export const { verifyGroupInfoConfirmationTag } = await from('groupInfo');
export const { verifyParentHashes } = await from('parentHash');
export const { pathToRoot } = await from('pathSecrets');
export const { mergePrivateKeyPaths, toPrivateKeyPath } = await from('privateKeyPath');
export const { deriveKeySchedule, mlsExporter } = await from('keySchedule');
export const { createSecretTree } = await from('secretTree');
export const { leafWidth } = await from('treemath');
