// The ratchet tree as a delivery service has it: from the commits alone, without any secret.

import { encode } from 'ts-mls/codec/tlsEncoder.js';
import { defaultCryptoProvider } from 'ts-mls/crypto/implementation/default/provider.js';
import { getCiphersuiteFromName } from 'ts-mls/crypto/ciphersuite.js';
import { decodeMlsMessage } from 'ts-mls/message.js';
import {
  addLeafNode,
  decodeRatchetTree,
  ratchetTreeEncoder,
  removeLeafNode,
  type RatchetTree,
} from 'ts-mls/ratchetTree.js';
import { toLeafIndex } from 'ts-mls/treemath.js';
import { applyUpdatePath } from 'ts-mls/updatePath.js';

const suite = defaultCryptoProvider.getCiphersuiteImpl(
  getCiphersuiteFromName('MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519'),
);

export class PublicTree {
  #tree: RatchetTree;

  private constructor(tree: RatchetTree) {
    this.#tree = tree;
  }

  static begin(groupInfo: Uint8Array): PublicTree {
    const message = decodeMlsMessage(groupInfo, 0)?.[0];
    if (message?.wireformat !== 'mls_group_info') throw new Error('no GroupInfo');
    const { extensions } = message.groupInfo;
    const encoded = extensions.find(({ extensionType }) => extensionType === 'ratchet_tree');
    const tree = encoded && decodeRatchetTree(encoded.extensionData, 0)?.[0];
    if (!tree) throw new Error('no ratchet_tree');
    return new PublicTree(tree);
  }

  /** The leaves that the commit's Adds take, in order. */
  async apply(commit: Uint8Array): Promise<number[]> {
    const message = decodeMlsMessage(commit, 0)?.[0];
    if (message?.wireformat !== 'mls_public_message') throw new Error('no PublicMessage');
    const { content } = message.publicMessage;
    if (content.contentType !== 'commit' || content.sender.senderType !== 'member') {
      throw new Error('no commit of a member');
    }
    const added: number[] = [];
    for (const each of content.commit.proposals) {
      if (each.proposalOrRefType !== 'proposal') throw new Error('a reference');
      const { proposal } = each;
      if (proposal.proposalType === 'remove') {
        this.#tree = removeLeafNode(this.#tree, toLeafIndex(proposal.remove.removed));
      } else if (proposal.proposalType === 'add') {
        const [tree, node] = addLeafNode(this.#tree, proposal.add.keyPackage.leafNode);
        this.#tree = tree;
        added.push(node / 2);
      }
    }
    const { path } = content.commit;
    if (path) {
      const { hash } = await suite;
      const sender = toLeafIndex(content.sender.leafIndex);
      this.#tree = await applyUpdatePath(this.#tree, sender, path, hash);
    }
    return added;
  }

  get nodes(): RatchetTree {
    return this.#tree;
  }

  encoded(): Uint8Array {
    return encode(ratchetTreeEncoder)(this.#tree);
  }
}
