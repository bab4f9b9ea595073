// What one core suffices for, by what a packet costs when the core is rather busy.

import { runLoad } from './load.mjs';

/** Packets/s of the first run, and the part of a core's time that those behind it shall take. */
const PROBE = { first: 20_000, part: 0.7, more: 2 };
/** Of one publisher: 5 MB and 6,000 packets in a second are as much as the server takes. */
const MOST = { packets: 5000, bytes: 5_000_000 };
const DATAGRAM_BYTES = 1200;
export const PACKETS = { V: 10, T: 4, L: 1 }; // of a frame

/** Frames that each publisher sends in a second so that about so many packets leave the server. */
export function framesFor(packetsPerS, { shape, publishers, subscribers }) {
  const packets = PACKETS[shape];
  const most = Math.floor(Math.min(MOST.packets, MOST.bytes / DATAGRAM_BYTES) / packets);
  return Math.max(1, Math.min(most, Math.round(packetsPerS / (publishers * subscribers * packets))));
}

/** One run of a load with so many frames of each publisher. `more`: further options of `incamera load`; `run`: of runLoad. */
export function runAt(frames, { shape, publishers, subscribers }, helper, { seconds, more = [], run }) {
  const options = ['--shape', shape, '--publishers', publishers, '--subscribers', subscribers, '--frames', frames, '--seconds', seconds, ...more];
  return runLoad(options, helper(), run);
}

/** Packets/s that the time of a core suffices for. */
export const capacityOf = ({ server: { us_per_packet } }) => 1e6 / us_per_packet;

/** The frames with which the core of a server is about 70 % busy: a packet costs less the busier it is, so in steps. */
export async function framesOfBusyCore(load, helper, options) {
  let frames = framesFor(PROBE.first, load);
  for (let i = 0; i < PROBE.more; i++) {
    frames = framesFor(PROBE.part * capacityOf(await runAt(frames, load, helper, options)), load);
  }
  return frames;
}
