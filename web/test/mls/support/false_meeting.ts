// A meeting that a server makes up: the right policy, the right ids, and somebody at the door who is let in
// by nobody. What the server lacks is the secret of the link.

import { createGroup } from 'ts-mls/clientState.js';
import { createCommit, createGroupInfoWithRatchetTree } from 'ts-mls/createCommit.js';
import type { Proposal } from 'ts-mls/proposal.js';
import {
  makeCredential,
  makeKeyPackage,
  makeSignatureKey,
  readKeyPackage,
} from '../../../src/mls/adapter';
import {
  clientConfig,
  contextExtensions,
  IC_STATE,
  pskIndex,
} from '../../../src/mls/adapter_suite';
import { groupId } from '../../../src/mls/digest';
import { pskId } from '../../../src/mls/link_keys';
import { leafHash } from '../../../src/verify/merkle';
import { encodeIcState } from '../../../src/wire/ic_state';
import { suite, writeMessage } from './attacker';
import { PublicTree } from './public_tree';

export interface FalseMeeting {
  readonly groupId: Uint8Array;
  readonly groupInfo: Uint8Array;
  readonly commit: Uint8Array;
  readonly welcome: Uint8Array;
  readonly tree: Uint8Array;
}

export interface FalseMeetingPlan {
  readonly meeting: Uint8Array;
  readonly policy: Uint8Array;
  /** of whoever is to be deceived */
  readonly keyPackage: Uint8Array;
  /** what the server takes for the PSK; null: it leaves the PSK out */
  readonly psk: Uint8Array | null;
}

const random = (bytes: number) => crypto.getRandomValues(new Uint8Array(bytes));

export async function falseMeeting(plan: FalseMeetingPlan): Promise<FalseMeeting> {
  const { meeting, policy, psk } = plan;
  const cipherSuite = await suite;
  const own = await makeKeyPackage({
    key: await makeSignatureKey(),
    identityHash: random(32),
    credential: await makeCredential(),
    now: Date.now(),
  });
  const read = await readKeyPackage(plan.keyPackage);
  if (!read) throw new Error('no KeyPackage');
  const nonce = random(16);
  const id = await groupId(meeting, nonce, policy);
  const state = await createGroup(
    id,
    own.publicPackage,
    own.privatePackage,
    contextExtensions(policy),
    cipherSuite,
    clientConfig,
  );
  const groupInfo = writeMessage({
    version: 'mls10',
    wireformat: 'mls_group_info',
    groupInfo: await createGroupInfoWithRatchetTree(
      state.groupContext,
      state.confirmationTag,
      state,
      state.ratchetTree,
      [],
      cipherSuite,
    ),
  });
  const externalId = pskId(meeting, 1);
  const proposals: Proposal[] = [
    { proposalType: 'add', add: { keyPackage: read.inner } },
    ...(psk ? [pskProposal(externalId)] : []),
  ];
  const icState = encodeIcState({
    instanceNonce: nonce,
    isLocked: false,
    generation: 1,
    banKey: random(32),
    bans: [],
    logSize: 1,
    logRoot: await leafHash(groupInfo),
    earlierSeals: [],
  });
  const { commit, welcome } = await createCommit(
    { state, cipherSuite, pskIndex: pskIndex({ id: externalId, value: psk ?? random(32) }) },
    {
      wireAsPublicMessage: true,
      extraProposals: proposals,
      groupInfoExtensions: [{ extensionType: IC_STATE, extensionData: icState }],
    },
  );
  if (!welcome) throw new Error('no Welcome');
  const message = writeMessage(commit);
  const tree = PublicTree.begin(groupInfo);
  await tree.apply(message);
  return {
    groupId: id,
    groupInfo,
    commit: message,
    welcome: writeMessage({ version: 'mls10', wireformat: 'mls_welcome', welcome }),
    tree: tree.encoded(),
  };
}

function pskProposal(id: Uint8Array): Proposal {
  const preSharedKeyId = { psktype: 'external', pskId: id, pskNonce: random(32) } as const;
  return { proposalType: 'psk', psk: { preSharedKeyId } };
}
