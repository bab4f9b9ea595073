// The blinded ids under which nodes write receipts of us (docs/protocol/receipts.md 2): only members of this
// epoch can tell whose they are.

import { asBytes } from '../wire/bytes';
import { sha256 } from './digest';
import type { Place } from './entry';
import type { Instance } from './group';
import type { Outlets } from './outlets';

const ID_BYTES = 16;

/** Before the page hears that we are in, and joins. */
export async function offerReceipts(
  { group }: Instance,
  { policy, policyBytes }: Place,
  { receipts }: Outlets,
): Promise<void> {
  const own = group.members().find(({ leaf }) => leaf === group.ownLeaf);
  if (!own || !receipts) return;
  const id = (label: string, context: Uint8Array): Promise<Uint8Array> =>
    group.exportSecret(label, ID_BYTES, context);
  const meeting = asBytes(await id('ic meeting id', policy.id));
  const member = asBytes(await id('ic member id', await sha256(own.signatureKey)));
  receipts({ meeting, member, policy, policyBytes });
}
