// What a server answers to the offers in test/wire/offers, and who is in its meeting.

import type { GroupPerson, GroupView, Knocker } from '../../src/wire/group';
import type { Joined, WirePeer } from '../../src/wire/message';
import type { NodeFacts } from '../../src/wire/node_view';

export const JOINED: Joined = {
  type: 'joined',
  peer: 'self',
  cname: 'cname',
  transport: {
    ufrag: 'h7Qp+Zk2/xLm',
    pwd: 'Kp3/vQ1pX9sLw2TbA7Ym+R5c',
    fingerprint: Array<string>(32).fill('B0').join(':'),
    candidates: [
      { address: '192.0.2.1', port: 10_000 },
      { address: '2001:db8::1', port: 10_001 },
    ],
  },
  slots: [
    { mid: '2', ssrc: 2000, rtx_ssrc: null },
    { mid: '11', ssrc: 1100, rtx_ssrc: 1101 },
  ],
  limits: { members: 200 },
};

/** Of the node that answers so. */
export const FACTS: NodeFacts = {
  node: 'eu-fra-1.meet.example.org',
  entity: 'Example e.V., Frankfurt, DE',
  country: 'DE',
  site: { latitude: 50.11, longitude: 8.68, radiusKm: 25 },
  certSerial: 7,
  setSerial: 12,
  notAfter: 1_796_601_600,
  fingerprint: JOINED.transport.fingerprint,
  isSingleKey: false,
  witnessed: 2,
  witnessedAt: 1_795_604_400,
  fetchedAt: 1_795_608_000_000,
};

/** Of another node that carries media. */
export const CARRIER: NodeFacts = {
  ...FACTS,
  node: 'fr1.meet.example.org',
  country: 'FR',
  certSerial: 3,
  fingerprint: Array<string>(32).fill('C0').join(':'),
};

/** How the server lists the seat of a leaf. */
export function seat(leaf: number, change: Partial<WirePeer> = {}): WirePeer {
  return {
    peer: `peer-${leaf}`,
    leaf,
    state: 'connected',
    microphone: true,
    camera: true,
    ...change,
  };
}

/** A member of the group, as the group knows it. */
export function member(leaf: number, change: Partial<GroupPerson> = {}): GroupPerson {
  return {
    leaf,
    name: `Person ${leaf}`,
    standing: { kind: 'guest' },
    isSelf: false,
    isHost: false,
    seenSince: null,
    deviceKey: `device-${leaf}`,
    handUpAt: null,
    isUndecodable: false,
    ...change,
  };
}

export function caller(knock: string, change: Partial<Knocker> = {}): Knocker {
  return {
    knock,
    name: knock.toUpperCase(),
    standing: { kind: 'guest' },
    seenSince: null,
    deviceKey: null,
    note: null,
    since: 0,
    isOldLink: false,
    isBanned: false,
    ...change,
  };
}

export const OUTSIDE: GroupView = {
  phase: 'knocking',
  epoch: 0,
  people: [],
  knockers: [],
  mayAdmit: false,
  isHosted: true,
  hasLobby: true,
  isLocked: false,
  isFull: false,
  generation: 1,
  code: '',
  emoji: [],
  isCodeCompared: false,
  countries: ['DE'],
  alarm: null,
  newSecret: null,
};
