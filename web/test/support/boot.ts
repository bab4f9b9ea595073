// How a page starts in the tests of the call.

import type { Boot } from '../../src/call/state';
import { composeLink } from '../../src/wire/link';
import { counted } from './bytes';

const ORIGIN = 'https://meet.example.org';

export const LINK = {
  meeting: 'AAECAwQFBgcICQoLDA0ODw',
  secret: counted(16, 0x10),
  policyHash: counted(16, 0x20),
  hostSeed: null,
};

export const BOOT: Boot = {
  place: 'meeting',
  meeting: LINK,
  origin: ORIGIN,
  address: composeLink(ORIGIN, LINK),
  name: 'Teacher',
  session: null,
  isInOtherTab: false,
  isSupported: true,
  seed: 1,
};
