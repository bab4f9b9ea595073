// One RTCPeerConnection at a time. We offer: two sections for sending, then the slots; the answer is
// ours too (wire/answer.ts). Nothing is sent until the call machine attaches a track, and nothing that
// is sent or received goes around the frame workers (transforms.ts).

import type { ShellEvent } from '../call/event';
import type { TransportCounts } from '../wire/receipts_view';
import type { Source } from '../call/model';
import { slotKey, type SlotSet } from '../call/slot_key';
import { preferCodec } from '../wire/codec_order';
import { SLOTS_PER_KIND_MAX } from '../wire/message';
import { preferences, videoCodecs, type VideoCodec } from './codecs';
import type { DistanceMeter } from './distance_meter';
import { Outlet } from './outlet';
import { PathWatch, remoteAddress } from './path_watch';
import type { Slots } from './slots';
import { transportCounts } from './transport_counts';
import type { Transforms } from './transforms';

const VIDEO_BITRATE_MAX_BPS = 1_200_000;

/** A browser may say that it is connected a moment before it says to whom. */
const ADDRESS_TURN_MS = 50;
const ADDRESS_TURNS_MAX = 20;

/** For the last receipt of a connection in whose place another one is made. */
const LAST_RECEIPT_MS = 5000;
/** Statistics that take longer will not come. */
const STATS_MS = 1000;

/** Before the meeting has said what all can decode, this is what all can. */
const FIRST_CODEC: VideoCodec = 'vp8';

export class Peer {
  readonly #dispatch: (event: ShellEvent) => void;
  readonly #slots: Slots;
  readonly #transforms: Transforms;
  readonly #distance: Pick<DistanceMeter, 'watch'>;
  readonly #codecs = videoCodecs();
  #connection: RTCPeerConnection | null = null;
  #retired: RTCPeerConnection | null = null;
  /** of the retired one, as long as it goes on beside the present one */
  #old: Old | null = null;
  #outlets: Partial<Record<Source, Outlet>> = {};
  #answer: string | null = null;
  #path: PathWatch | null = null;
  /** where packets went when it was last looked; undefined: not yet connected */
  #address: string | null | undefined;
  #codec = FIRST_CODEC;

  constructor(
    dispatch: (event: ShellEvent) => void,
    slots: Slots,
    transforms: Transforms,
    distance: Pick<DistanceMeter, 'watch'>,
  ) {
    this.#dispatch = dispatch;
    this.#slots = slots;
    this.#transforms = transforms;
    this.#distance = distance;
  }

  /** What the one before has counted can still be asked for a while: its last receipt may be on its way. With
   * keepsOld it goes on as it is, until it is closed or cut, or its path is not the one that was proven. */
  open(set: SlotSet, keepsOld: boolean): void {
    const wasConnected = this.#address !== undefined;
    if (wasConnected && keepsOld) this.#keep();
    else if (wasConnected) this.retire();
    else this.close();
    const retired = this.#retired;
    setTimeout(() => {
      if (this.#retired === retired && !this.#old) this.closeRetired();
    }, LAST_RECEIPT_MS);
    const connection = new RTCPeerConnection({
      bundlePolicy: 'max-bundle',
      rtcpMuxPolicy: 'require',
    });
    this.#connection = connection;
    this.#distance.watch(connection);
    this.#path = new PathWatch(connection, (address) => this.#onAddress(connection, address));
    connection.onconnectionstatechange = () => this.#onState(connection);
    connection.ontrack = ({ transceiver: { mid }, track }) => {
      const isMeant = this.#connection === connection && mid !== null;
      if (isMeant) this.#slots.put(slotKey(mid, set), track);
    };
    void this.#offer(connection, set);
  }

  answer(sdp: string): void {
    const connection = this.#connection;
    if (!connection) return;
    const first = preferCodec(sdp, this.#codec);
    connection.setRemoteDescription({ type: 'answer', sdp: first }).then(
      () => {
        if (this.#connection !== connection) return;
        this.#answer = sdp;
        this.#path?.start();
        void this.#applyCodec(connection);
      },
      () => this.#tell(connection, { type: 'peer-refused' }),
    );
  }

  attach(source: Source, track: MediaStreamTrack | null): void {
    this.#outlets[source]?.put(track);
  }

  /** What the meeting sends pictures with, from now on; what is received goes on meanwhile. */
  useCodec(codec: VideoCodec): void {
    if (codec === this.#codec) return;
    this.#codec = codec;
    if (this.#connection && this.#answer !== null) void this.#applyCodec(this.#connection);
  }

  /** What the transport has counted since it was made, or with `isLast` the one before it if that is not yet
   * forgotten; null: the browser does not tell. */
  async counts(isLast: boolean): Promise<TransportCounts | null> {
    const present = this.#connection ?? this.#retired;
    const connection = isLast ? (this.#retired ?? present) : present;
    const late = new Promise<undefined>((resolve) => {
      setTimeout(() => resolve(undefined), STATS_MS);
    });
    const asked = connection?.getStats().catch(() => undefined);
    const stats = await Promise.race([asked, late]);
    return stats ? transportCounts(stats) : null;
  }

  /** Nothing goes in or out any more, but what was counted can still be asked for until it is closed. */
  retire(): void {
    this.closeRetired();
    for (const outlet of Object.values(this.#outlets)) outlet.cut();
    this.#retired = this.#connection;
    this.#forget();
  }

  close(): void {
    this.closeRetired();
    this.#connection?.close();
    this.#forget();
  }

  closeRetired(): void {
    this.#old?.path?.stop();
    this.#old = null;
    this.#retired?.close();
    this.#retired = null;
  }

  /** The one that goes on beside the present one sends nothing of this source any more. */
  cutOld(source: Source): void {
    this.#old?.outlets[source]?.cut();
  }

  #keep(): void {
    this.closeRetired();
    this.#retired = this.#connection;
    const [outlets, path, address, answer] = [
      this.#outlets,
      this.#path,
      this.#address,
      this.#answer,
    ];
    this.#old = { outlets, path, address, answer };
    this.#path = null; // it is watched on
    this.#forget();
  }

  /** The one that goes on beside the present one takes its place once more. */
  takeBack(): void {
    const [connection, old] = [this.#retired, this.#old];
    this.#connection?.close();
    this.#forget();
    this.#retired = this.#old = null;
    if (!connection || !old) return;
    this.#connection = connection;
    this.#distance.watch(connection);
    this.#outlets = old.outlets;
    this.#path = old.path;
    this.#address = old.address;
    this.#answer = old.answer;
    if (old.answer !== null) void this.#applyCodec(connection);
  }

  /** Nobody judges the path of the old one any more: another one, and it is over. */
  #endOld(): void {
    if (!this.#old) return;
    this.closeRetired();
    this.#dispatch({ type: 'old-peer-ended' });
  }

  #forget(): void {
    this.#connection = null;
    this.#distance.watch(null);
    this.#path?.stop();
    this.#path = null;
    this.#outlets = {};
    this.#answer = null;
    this.#address = undefined;
  }

  async #offer(connection: RTCPeerConnection, set: SlotSet): Promise<void> {
    try {
      const codecs = await this.#codecs;
      if (this.#connection !== connection) return;
      this.#outlets = addTransceivers(connection, codecs, this.#transforms, set);
      await connection.setLocalDescription();
      const sdp = connection.localDescription?.sdp;
      // A browser that counts in another way would tell us the wrong slots.
      const isCounted = connection
        .getTransceivers()
        .every(({ mid }, index) => mid === midAt(index));
      if (sdp === undefined || !isCounted) throw new Error('no offer of ours');
      this.#tell(connection, { type: 'peer-offer', sdp });
    } catch {
      this.#tell(connection, { type: 'peer-refused' });
    }
  }

  async #applyCodec(connection: RTCPeerConnection): Promise<void> {
    const codec = this.#codec;
    if ((await this.#outlets.camera?.useCodec(codec)) !== false) return;
    // Not every browser lets the page choose. All send what stands first in the answer, though, and
    // that is ours: we negotiate again with ourselves, and the server need not know.
    if (this.#connection !== connection || this.#codec !== codec || this.#answer === null) return;
    try {
      await connection.setLocalDescription();
      const sdp = preferCodec(this.#answer, codec);
      await connection.setRemoteDescription({ type: 'answer', sdp });
    } catch {
      this.#tell(connection, { type: 'peer-refused' });
    }
  }

  #onState(connection: RTCPeerConnection): void {
    const state = connection.connectionState;
    if (connection === this.#retired && state !== 'connected') return this.#endOld();
    if (state === 'connected') void this.#onConnected(connection);
    else if (state === 'disconnected' || state === 'failed') {
      this.#tell(connection, { type: 'peer-state', state, address: null });
    }
  }

  /** With the address that it is connected to. */
  async #onConnected(connection: RTCPeerConnection): Promise<void> {
    let address: string | null = null;
    for (let turn = 0; turn < ADDRESS_TURNS_MAX && address === null; turn++) {
      if (turn > 0) await new Promise((resolve) => setTimeout(resolve, ADDRESS_TURN_MS));
      address = await remoteAddress(connection);
    }
    if (connection.connectionState !== 'connected') return; // told already
    this.#address = address;
    this.#tell(connection, { type: 'peer-state', state: 'connected', address });
  }

  /** Another address than before gets nothing from the moment in which it is seen; whether it may is asked after. */
  #onAddress(connection: RTCPeerConnection, address: string | null): void {
    if (connection === this.#retired && address !== this.#old?.address) return this.#endOld();
    if (this.#connection !== connection || address === this.#address) return;
    if (connection.connectionState !== 'connected' || this.#address === undefined) return;
    this.#address = address;
    for (const outlet of Object.values(this.#outlets)) outlet.cut();
    this.#tell(connection, { type: 'peer-address', address });
  }

  /** A connection that has been replaced or closed is never heard again. */
  #tell(connection: RTCPeerConnection, event: ShellEvent): void {
    if (this.#connection === connection) this.#dispatch(event);
  }
}

interface Old {
  readonly outlets: Partial<Record<Source, Outlet>>;
  readonly path: PathWatch | null;
  readonly address: string | null | undefined;
  readonly answer: string | null;
}

function addTransceivers(
  connection: RTCPeerConnection,
  codecs: readonly VideoCodec[],
  transforms: Transforms,
  set: SlotSet,
): Record<Source, Outlet> {
  const microphone = connection.addTransceiver('audio', {
    direction: 'sendonly',
    sendEncodings: [{ active: false }],
  });
  transforms.attachSender(microphone.sender, 'microphone');
  const camera = connection.addTransceiver('video', {
    direction: 'sendonly',
    sendEncodings: [ONE_LAYER],
  });
  transforms.attachSender(camera.sender, 'camera');
  for (const [kind, source] of RECEIVED) {
    for (let slot = 0; slot < SLOTS_PER_KIND_MAX; slot++) {
      const mid = midAt(connection.getTransceivers().length);
      const { receiver } = connection.addTransceiver(kind, { direction: 'recvonly' });
      transforms.attachReceiver(receiver, slotKey(mid, set), source);
    }
  }
  const order = preferences(codecs);
  for (const transceiver of connection.getTransceivers()) {
    if (transceiver.receiver.track.kind === 'video') transceiver.setCodecPreferences(order);
  }
  return { microphone: new Outlet(microphone.sender), camera: new Outlet(camera.sender) };
}

const RECEIVED = [
  ['audio', 'microphone'],
  ['video', 'camera'],
] as const;

/** A fresh connection numbers its sections from 0 on, in every browser. The name is needed before there
 * is a description: a receiver whose transform comes later lets frames pass by it. */
function midAt(index: number): string {
  return String(index);
}

/** One layer in space and time, whichever the codec; a browser that lacks layers has no other. */
const ONE_LAYER: RTCRtpEncodingParameters & { scalabilityMode: string } = {
  active: false,
  maxBitrate: VIDEO_BITRATE_MAX_BPS,
  scalabilityMode: 'L1T1',
};
