// What a node reads out of a `restore`, checked as docs/protocol/signalling.md 4.4 says: with the library
// alone, and nothing of ours but the words of the protocol.

import { verifyWithLabel } from 'ts-mls/crypto/signature.js';
import { ratchetTreeFromExtension, verifyGroupInfoSignature } from 'ts-mls/groupInfo.js';
import { treeHashRoot } from 'ts-mls/treeHash.js';
import { fromBase64url } from '../../../src/wire/base64';
import type { Restore } from '../../../src/wire/message';
import { frontierOf, rootOf, type Frontier } from '../../../src/verify/merkle';
import { membersOf } from '../../../src/mls/adapter_tree';
import { hex } from '../../../src/mls/adapter';
import { sha256 } from '../../../src/mls/digest';
import { base64url } from '../../../src/wire/base64';
import { decode, suite } from './attacker';

export interface Brought {
  readonly groupInfo: Uint8Array;
  readonly groupId: Uint8Array;
  readonly epoch: number;
  readonly signer: number;
  /** signature keys by leaf */
  readonly keys: ReadonlyMap<number, string>;
  readonly identities: ReadonlyMap<number, string>;
  readonly frontier: Frontier;
}

const bytesOf = (text: string): Uint8Array => fromBase64url(text) ?? new Uint8Array();

/** Fails where a node would refuse it. */
export async function readRestore(message: Restore, node?: string): Promise<Brought> {
  const groupInfo = bytesOf(message.group_info);
  const read = decode(groupInfo);
  if (read.wireformat !== 'mls_group_info') throw new Error('no GroupInfo');
  const info = read.groupInfo;
  const names = info.extensions.map(({ extensionType }) => extensionType);
  if (names.join() !== 'ratchet_tree') throw new Error(`extensions: ${names.join()}`);
  const tree = ratchetTreeFromExtension(info);
  const cs = await suite;
  if (!tree) throw new Error('no tree');
  if (hex(await treeHashRoot(tree, cs.hash)) !== hex(info.groupContext.treeHash)) {
    throw new Error('another tree');
  }
  const members = membersOf(tree);
  const signer = members.find(({ leaf }) => leaf === info.signer);
  if (!signer) throw new Error('signed by nobody');
  if (!(await verifyGroupInfoSignature(info, signer.signatureKey, cs.signature))) {
    throw new Error('the GroupInfo is not signed');
  }
  const frontier = frontierOf(
    message.log.size,
    message.log.frontier.map((each) => new Uint8Array(bytesOf(each))),
  );
  const epoch = Number(info.groupContext.epoch);
  if (frontier?.size !== epoch + 1) throw new Error('no frontier of this epoch');
  if (node !== undefined) {
    const tbs = await tbsOf(message, node, groupInfo, frontier);
    const proof = bytesOf(message.proof);
    const label = 'InCamera restore v1';
    const isRight = await verifyWithLabel(signer.signatureKey, label, tbs, proof, cs.signature);
    if (!isRight) throw new Error('the proof does not hold');
  }
  return {
    groupInfo,
    groupId: info.groupContext.groupId,
    epoch,
    signer: info.signer,
    keys: new Map(members.map(({ leaf, signatureKey }) => [leaf, hex(signatureKey)])),
    identities: new Map(members.map(({ leaf, identityHash }) => [leaf, base64url(identityHash)])),
    frontier,
  };
}

/** RestoreTBS, byte by byte. */
async function tbsOf(
  message: Restore,
  node: string,
  groupInfo: Uint8Array,
  frontier: Frontier,
): Promise<Uint8Array> {
  const numbers = Buffer.alloc(21);
  numbers.writeBigUInt64BE(BigInt(message.log.size), 0);
  numbers.writeBigUInt64BE(BigInt(message.time), 8);
  numbers.writeUInt32BE(message.generation, 16);
  numbers.writeUInt8(message.locked ? 1 : 0, 20);
  const name = Buffer.from(node);
  const root = await rootOf(frontier);
  return Buffer.concat([Buffer.of(name.length), name, await sha256(groupInfo), root, numbers]);
}
