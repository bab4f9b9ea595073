// One RTCPeerConnection at a time. We offer: two sections for sending, then the slots; the answer is
// ours too (wire/answer.ts). Nothing is sent until the call machine attaches a track.

import type { ShellEvent } from '../call/event';
import type { Source } from '../call/model';
import { SLOTS_PER_KIND_MAX } from '../wire/message';
import { Outlet } from './outlet';
import type { Slots } from './slots';

const VIDEO_BITRATE_MAX_BPS = 1_200_000;

export class Peer {
  readonly #dispatch: (event: ShellEvent) => void;
  readonly #slots: Slots;
  #connection: RTCPeerConnection | null = null;
  #outlets: Partial<Record<Source, Outlet>> = {};

  constructor(dispatch: (event: ShellEvent) => void, slots: Slots) {
    this.#dispatch = dispatch;
    this.#slots = slots;
  }

  open(): void {
    this.close();
    const connection = new RTCPeerConnection({
      bundlePolicy: 'max-bundle',
      rtcpMuxPolicy: 'require',
    });
    this.#connection = connection;
    connection.onconnectionstatechange = () => this.#onState(connection);
    connection.ontrack = ({ transceiver, track }) => {
      if (this.#connection === connection && transceiver.mid !== null) {
        this.#slots.put(transceiver.mid, track);
      }
    };
    this.#outlets = addTransceivers(connection);
    void this.#offer(connection);
  }

  answer(sdp: string): void {
    const connection = this.#connection;
    connection
      ?.setRemoteDescription({ type: 'answer', sdp })
      .catch(() => this.#tell(connection, { type: 'peer-refused' }));
  }

  attach(source: Source, track: MediaStreamTrack | null): void {
    this.#outlets[source]?.put(track);
  }

  close(): void {
    this.#connection?.close();
    this.#connection = null;
    this.#outlets = {};
  }

  async #offer(connection: RTCPeerConnection): Promise<void> {
    try {
      await connection.setLocalDescription();
      const sdp = connection.localDescription?.sdp;
      if (sdp !== undefined) this.#tell(connection, { type: 'peer-offer', sdp });
    } catch {
      this.#tell(connection, { type: 'peer-refused' });
    }
  }

  #onState(connection: RTCPeerConnection): void {
    const state = connection.connectionState;
    if (state === 'connected' || state === 'disconnected' || state === 'failed') {
      this.#tell(connection, { type: 'peer-state', state });
    }
  }

  /** A connection that has been replaced or closed is never heard again. */
  #tell(connection: RTCPeerConnection, event: ShellEvent): void {
    if (this.#connection === connection) this.#dispatch(event);
  }
}

function addTransceivers(connection: RTCPeerConnection): Record<Source, Outlet> {
  const microphone = connection.addTransceiver('audio', {
    direction: 'sendonly',
    sendEncodings: [{ active: false }],
  });
  const camera = connection.addTransceiver('video', {
    direction: 'sendonly',
    sendEncodings: [{ active: false, maxBitrate: VIDEO_BITRATE_MAX_BPS }],
  });
  for (const kind of ['audio', 'video']) {
    for (let slot = 0; slot < SLOTS_PER_KIND_MAX; slot++) {
      connection.addTransceiver(kind, { direction: 'recvonly' });
    }
  }
  return { microphone: new Outlet(microphone.sender), camera: new Outlet(camera.sender) };
}
