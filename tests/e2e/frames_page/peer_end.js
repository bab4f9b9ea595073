// Test only: the product's Peer, answered by a plain connection of the same page that plays the server.
// It plays back the picture that it gets, so that sending and receiving go on at the same time.

import { Peer } from '../../../web/src/shell/peer.ts';
import { Slots } from '../../../web/src/shell/slots.ts';
import { Transforms } from '../../../web/src/shell/transforms.ts';
import { composeAnswer } from '../../../web/src/wire/answer.ts';
import { readOffer } from '../../../web/src/wire/offer.ts';
import { coloursOf, gapsOf } from './picture.js';

const attribute = (sdp, name) => new RegExp(`^a=${name}:(.*)$`, 'm').exec(sdp)?.[1].trim();

/** What a server says of itself, read from the plain connection's own answer. */
function joinedOf(sdp, transceivers) {
  const candidates = [...sdp.matchAll(/^a=candidate:\S+ 1 udp \d+ (\S+) (\d+) typ host/gim)]
    .map(([, address, port]) => ({ address, port: Number(port) }))
    .filter(({ address, port }) => port > 9 && /^[\d.]+$/.test(address));
  const sections = sdp.split(/(?=^m=)/m).slice(1);
  const slots = transceivers.flatMap(({ mid, direction }, index) => {
    const [ssrc, rtx] = /^a=ssrc-group:FID (\d+) (\d+)/m.exec(sections[index])?.slice(1) ?? [/^a=ssrc:(\d+)/m.exec(sections[index])?.[1]];
    return direction === 'sendonly' && ssrc ? [{ mid, ssrc: Number(ssrc), rtx_ssrc: rtx ? Number(rtx) : null }] : [];
  });
  return {
    type: 'joined',
    peer: 'self',
    cname: 'cname',
    transport: {
      ufrag: attribute(sdp, 'ice-ufrag'),
      pwd: attribute(sdp, 'ice-pwd'),
      fingerprint: attribute(sdp, 'fingerprint').replace(/^sha-256 /i, '').toUpperCase(),
      candidates: [...new Map(candidates.map((each) => [`${each.address}:${each.port}`, each])).values()],
    },
    slots,
    limits: { members: 10 },
  };
}

export class PeerEnd {
  /** `isOld`: in a browser that does not know `codec` in an encoding. `isPlain`: the server makes up pictures
   * and sound of its own, which nobody sealed. */
  constructor(isOld, isPlain) {
    this.isPlain = isPlain;
    if (isOld) forgetEncodingCodec();
    this.reports = [];
    this.transforms = new Transforms((report) => this.reports.push(report));
    this.ports = this.transforms.framePorts();
    this.server = new RTCPeerConnection({ bundlePolicy: 'max-bundle' });
    this.echo = new Transforms(() => undefined);
    this.echoPorts = this.echo.framePorts();
    this.slots = new Slots();
    this.states = [];
    this.connected = new Promise((resolve, reject) => {
      const on = (event) => {
        if (event.type === 'peer-offer') this.serve(event.sdp).catch(reject);
        if (event.type === 'peer-address') this.attach(); // the call asks first whether it may
        if (event.type === 'peer-state') this.states.push(event.state);
        if (event.type === 'peer-state' && event.state === 'connected') resolve();
        if (event.type === 'peer-refused') reject(new Error('refused'));
      };
      this.peer = new Peer(on, this.slots, this.transforms, { watch: () => {} });
    });
    this.peer.open(0, false);
    this.connection = globalThis.__probe.connections.at(-1);
  }

  async serve(sdp) {
    this.offer = readOffer(sdp);
    const got = {};
    this.server.ontrack = ({ transceiver, track }) => {
      const source = track.kind === 'audio' ? 'microphone' : 'camera';
      this.echo.attachReceiver(transceiver.receiver, transceiver.mid, source);
      got[track.kind] = track;
    };
    const own = this.isPlain ? await navigator.mediaDevices.getUserMedia({ audio: true, video: true }) : null;
    await this.server.setRemoteDescription({ type: 'offer', sdp });
    const all = this.server.getTransceivers();
    const senders = {};
    for (const [kind, source] of [['audio', 'microphone'], ['video', 'camera']]) {
      const transceiver = all.find(({ mid, receiver }) => receiver.track.kind === kind && !['0', '1'].includes(mid));
      transceiver.direction = 'sendonly';
      senders[kind] = transceiver.sender;
      // At once: a sender whose transform comes later sends plain frames.
      if (!this.isPlain) this.echo.attachSender(transceiver.sender, source);
    }
    for (const [kind, sender] of Object.entries(senders)) {
      await sender.replaceTrack(own?.getTracks().find((track) => track.kind === kind) ?? got[kind]);
    }
    const answer = await this.server.createAnswer();
    await this.server.setLocalDescription({ type: 'answer', sdp: answer.sdp.replaceAll('a=setup:active', 'a=setup:passive') });
    await new Promise((resolve) => {
      setTimeout(resolve, 3000);
      this.server.onicegatheringstatechange = () => this.server.iceGatheringState === 'complete' && resolve();
      if (this.server.iceGatheringState === 'complete') resolve();
    });
    const joined = joinedOf(this.server.localDescription.sdp, this.server.getTransceivers());
    this.slotOf = Object.fromEntries(joined.slots.map(({ mid }) => [this.offer.sections.find((each) => each.mid === mid).kind, mid]));
    this.peer.answer(composeAnswer(this.offer, joined));
  }

  async start() {
    await this.connected;
    this.stream = await navigator.mediaDevices.getUserMedia({ audio: true, video: true });
    this.attach();
    this.video = document.createElement('video');
    this.video.muted = this.video.autoplay = true;
    this.video.srcObject = this.slots.stream(this.slotOf.video);
    document.body.append(this.video);
  }

  attach() {
    if (!this.stream) return;
    this.peer.attach('microphone', this.stream.getAudioTracks()[0]);
    this.peer.attach('camera', this.stream.getVideoTracks()[0]);
  }

  /** The keys of this end, and those of the one that plays back. */
  keys(own, other) {
    for (const [ports, messages] of [[this.ports, own], [this.echoPorts, other]]) {
      for (const port of ports) {
        for (const message of messages) port.postMessage(message.baseKey ? { ...message, baseKey: Uint8Array.from(message.baseKey) } : message);
      }
    }
  }

  useCodec(codec) {
    this.peer.useCodec(codec);
  }

  /** What came in, and what of it was heard or seen. */
  async received() {
    const sum = { packets: 0, pictures: 0, energy: 0 };
    for (const report of (await this.connection.getStats()).values()) {
      if (report.type !== 'inbound-rtp') continue;
      sum.packets += report.packetsReceived;
      sum.pictures += report.framesDecoded ?? 0;
      sum.energy += report.totalAudioEnergy ?? 0;
    }
    return sum;
  }

  /** Of what the other side gets. */
  async codec() {
    const stats = await this.server.getStats();
    let newest = null;
    for (const report of stats.values()) {
      if (report.type === 'inbound-rtp' && report.kind === 'video') newest = stats.get(report.codecId)?.mimeType ?? newest;
    }
    return newest;
  }

  colours() {
    return coloursOf(this.video);
  }

  gaps(ms) {
    return gapsOf(this.video, ms);
  }

  close() {
    this.peer.close();
    this.server.close();
    this.transforms.stop();
    this.echo.stop();
    this.video?.remove();
  }
}

/** Makes this browser one that does not know `codec` in the parameters of an encoding. */
function forgetEncodingCodec() {
  const native = RTCRtpSender.prototype.setParameters;
  RTCRtpSender.prototype.setParameters = function (parameters) {
    for (const encoding of parameters.encodings) delete encoding.codec;
    return native.call(this, parameters);
  };
}
