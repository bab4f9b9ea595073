// Test only: ends of connections whose frames go through the product's workers. The test plays the
// signalling and the owner of the group.

import { preferences } from '../../../web/src/shell/codecs.ts';
import { Transforms } from '../../../web/src/shell/transforms.ts';
import { PeerEnd } from './peer_end.js';
import { coloursOf, gapsOf } from './picture.js';

const GATHER_MS = 3000;

const ends = new Map();

/** All candidates are in the description: nothing trickles through the test. */
async function described(connection) {
  if (connection.iceGatheringState !== 'complete') {
    await new Promise((resolve) => {
      setTimeout(resolve, GATHER_MS);
      connection.addEventListener('icegatheringstatechange', () => {
        if (connection.iceGatheringState === 'complete') resolve();
      });
    });
  }
  return connection.localDescription.toJSON();
}

class End {
  constructor() {
    this.reports = [];
    this.connection = new RTCPeerConnection();
    this.transforms = new Transforms((report) => this.reports.push(report));
    this.ports = this.transforms.framePorts();
    this.videos = [];
  }

  keys(messages) {
    for (const port of this.ports) {
      for (const message of messages) {
        const { baseKey } = message;
        port.postMessage(baseKey === undefined ? message : { ...message, baseKey: Uint8Array.from(baseKey) });
      }
    }
  }

  /** Sends camera and microphone; with an evil worker instead of ours where the test wants one. */
  async offer(codec, isEvil) {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true, video: true });
    const audio = this.connection.addTransceiver('audio', { direction: 'sendonly' });
    const video = this.connection.addTransceiver('video', {
      direction: 'sendonly',
      sendEncodings: [{ maxBitrate: 1_200_000, scalabilityMode: 'L1T1' }],
    });
    if (isEvil) {
      this.evil = new Worker(new URL('./evil.worker.js', import.meta.url), { type: 'module' });
      video.sender.transform = new RTCRtpScriptTransform(this.evil, {});
    } else {
      this.transforms.attachSender(video.sender, 'camera');
    }
    this.transforms.attachSender(audio.sender, 'microphone');
    video.setCodecPreferences(preferences([codec]));
    await audio.sender.replaceTrack(stream.getAudioTracks()[0]);
    await video.sender.replaceTrack(stream.getVideoTracks()[0]);
    await this.connection.setLocalDescription();
    return described(this.connection);
  }

  async answer(offer) {
    this.connection.ontrack = ({ transceiver, track }) => {
      this.transforms.attachReceiver(transceiver.receiver, transceiver.mid, track.kind === 'audio' ? 'microphone' : 'camera');
      const element = document.createElement(track.kind);
      element.autoplay = true;
      element.muted = track.kind === 'video';
      element.srcObject = new MediaStream([track]);
      document.body.append(element);
      if (track.kind === 'video') this.videos.push(element);
    };
    await this.connection.setRemoteDescription(offer);
    await this.connection.setLocalDescription();
    return described(this.connection);
  }

  take(answer) {
    return this.connection.setRemoteDescription(answer);
  }

  state() {
    return this.connection.connectionState;
  }

  async count(kind) {
    const sum = { sent: 0, received: 0, decoded: 0, keyFrames: 0 };
    for (const report of (await this.connection.getStats()).values()) {
      if (report.kind !== kind) continue;
      if (report.type === 'outbound-rtp') sum.sent += report.packetsSent;
      if (report.type !== 'inbound-rtp') continue;
      sum.received += report.packetsReceived;
      sum.decoded += report.framesDecoded ?? 0;
      sum.keyFrames += report.keyFramesDecoded ?? 0;
    }
    return sum;
  }

  async codec() {
    const stats = await this.connection.getStats();
    for (const report of stats.values()) {
      if (report.type === 'inbound-rtp' && report.kind === 'video') return stats.get(report.codecId)?.mimeType;
    }
    return null;
  }

  colours() {
    return coloursOf(this.videos[0]);
  }

  gaps(ms) {
    return gapsOf(this.videos[0], ms);
  }

  close() {
    this.connection.close();
    this.transforms.stop();
    this.evil?.terminate();
    for (const video of this.videos) video.remove();
  }
}

globalThis.lab = {
  open(name) {
    ends.set(name, new End());
  },
  openPeer(name, isOld, isPlain = false) {
    ends.set(name, new PeerEnd(isOld, isPlain));
  },
  /** Calls a method of an end. */
  call(name, method, ...args) {
    return ends.get(name)[method](...args);
  },
  reports: (name) => ends.get(name).reports,
  evil: (name, mode) => ends.get(name).evil.postMessage(mode),
  /** See bench.worker.js. */
  bench(mimeType, bytes) {
    const worker = new Worker(new URL('./bench.worker.js', import.meta.url), { type: 'module' });
    return new Promise((resolve, reject) => {
      worker.onmessage = ({ data }) => resolve(data);
      worker.onerror = ({ message }) => reject(new Error(message));
      worker.postMessage({ mimeType, bytes });
    }).finally(() => worker.terminate());
  },
  close() {
    for (const end of ends.values()) end.close();
    ends.clear();
  },
};
