// What a server answers to the offers in test/wire/offers.

import type { Joined, WirePeer } from '../../src/wire/message';

export const JOINED: Joined = {
  type: 'joined',
  peer: 'self',
  session: 'session-0000000000000A',
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

export function member(peer: string, change: Partial<WirePeer> = {}): WirePeer {
  return {
    peer,
    name: peer.toUpperCase(),
    state: 'connected',
    microphone: true,
    camera: true,
    ...change,
  };
}
