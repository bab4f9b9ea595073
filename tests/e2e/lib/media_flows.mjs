// Who sends to the media ports, and who is sent to: counters of the kernel (nftables), one for each
// address and port of the other side, in both directions. The observer is not the one observed.

import { execFileSync } from 'node:child_process';

const TABLE = 'inet media_flows';

const rules = (ports) => `
table ${TABLE} {
  set out4 { type ipv4_addr . inet_service; flags dynamic; counter; size 4096; }
  set rtp4 { type ipv4_addr . inet_service; flags dynamic; counter; size 4096; }
  set in4 { type ipv4_addr . inet_service; flags dynamic; counter; size 4096; }
  chain count {
    type filter hook input priority 0; policy accept;
    meta l4proto { tcp, udp } th dport ${ports} update @out4 { ip saddr . th sport }
    udp dport ${ports} @th,64,2 2 @th,72,8 != 192-223 update @rtp4 { ip saddr . udp sport }
    meta l4proto { tcp, udp } th sport ${ports} update @in4 { ip daddr . th dport }
  }
  # On its way out, whoever it is for. Names are asked for by UDP, too, with an id where RTP has its version.
  counter leaving { }
  chain leave {
    type filter hook output priority 0; policy accept;
    udp sport != ${ports} udp dport != { 53, 5353 } @th,64,2 2 @th,72,8 != 192-223 counter name leaving
  }
}`;

export class MediaFlows {
  constructor(port, count = 9) {
    execFileSync('nft', ['-f', '-'], { input: rules(`${port}-${port + count - 1}`) });
  }

  stop() {
    execFileSync('nft', ['delete', 'table', ...TABLE.split(' ')]);
  }

  /** Packets so far: Map of "address:port" of a browser to {sent, received}. */
  read() {
    const flows = new Map();
    for (const [set, way] of [['out4', 'sent'], ['in4', 'received']])
      for (const [name, count] of counts(set)) flows.set(name, { sent: 0, received: 0, ...flows.get(name), [way]: count });
    return flows;
  }

  /** Packets of RTP so far (not RTCP, STUN, DTLS): Map of "address:port" of a browser to their number. */
  rtpSources() {
    return counts('rtp4');
  }

  /** The same in bytes: what the server sends itself as a run is one packet to the kernel until it leaves. */
  rtpBytes() {
    return counts('rtp4', 'bytes');
  }

  /** Packets of RTP so far that anybody but the server has sent to anybody. */
  rtpLeaving() {
    const listed = JSON.parse(execFileSync('nft', ['-j', 'list', 'counter', ...TABLE.split(' '), 'leaving'], { encoding: 'utf8' }));
    return listed.nftables.find((each) => each.counter).counter.packets;
  }
}

function counts(set, unit = 'packets') {
  const listed = JSON.parse(execFileSync('nft', ['-j', 'list', 'set', ...TABLE.split(' '), set], { encoding: 'utf8' }));
  const elements = listed.nftables.find((each) => each.set)?.set.elem ?? [];
  return new Map(elements.map(({ elem }) => [elem.val.concat.join(':'), elem.counter[unit]]));
}

/** What went by between two readings, for those that are in `names` or (isKnown false) are not. */
export function between(before, after, names, isKnown) {
  const sum = { sent: 0, received: 0 };
  for (const [name, flow] of after) {
    if (names.has(name) !== isKnown) continue;
    sum.sent += flow.sent - (before.get(name)?.sent ?? 0);
    sum.received += flow.received - (before.get(name)?.received ?? 0);
  }
  return sum;
}
