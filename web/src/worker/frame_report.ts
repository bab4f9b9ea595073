// What the page and the frame workers tell each other: no frame, no key, only names and numbers.

/** What a track carries. */
export type FrameSource = 'microphone' | 'camera' | 'screen' | 'screen-sound';

/** docs/protocol/encryption.md 9: the number of a source in the KID. */
export const FRAME_CONTEXT: Readonly<Record<FrameSource, number>> = {
  microphone: 0,
  camera: 1,
  screen: 2,
  'screen-sound': 3,
};

/** The options of a transform: what its worker must know of the section. */
export type FrameSection =
  | { readonly role: 'send'; readonly source: FrameSource }
  | { readonly role: 'receive'; readonly source: FrameSource; readonly mid: string };

/** From the page to a worker: the port on which the keys of a group come. It replaces the one before,
 * and with it everything that came on it. */
export interface FrameSetup {
  readonly type: 'keys';
  readonly port: MessagePort;
}

/** What became of the frames so far. */
export interface FrameCounts {
  readonly sealed: number;
  /** from the encoder, but there was no key, or it was no frame of its codec: never sent */
  readonly unsent: number;
  readonly opened: number;
  /** no SFrame at all, or not packed as its codec demands */
  readonly malformed: number;
  /** an epoch that did not come within the time that a frame waits, or is forgotten */
  readonly unknownEpoch: number;
  /** a leaf that is not in the group, or a source that does not belong to the track */
  readonly foreign: number;
  /** no valid tag */
  readonly forged: number;
  readonly replayed: number;
  /** waited in vain for room */
  readonly overflowed: number;
}

/** What the page hears. A slot is named by its mid. */
export type FrameReport =
  /** from now on this slot shows what this leaf sealed; told again after the slot was attached anew. null:
   * what it shows is of somebody who is not in the group any more */
  | { readonly type: 'decrypts'; readonly mid: string; readonly leaf: number | null }
  /** Frames arrive in this slot and none can be read for 2 s; or one can again. The leaf is the one
   * that the frames name, which anybody can write; null: they name none. */
  | {
      readonly type: 'undecodable';
      readonly mid: string;
      readonly leaf: number | null;
      readonly isSo: boolean;
    }
  /** nobody could be read in this epoch, although frames arrive for 5 s; or somebody can again */
  | { readonly type: 'nobody'; readonly isSo: boolean }
  /** totals since the beginning, at most once in 2 s */
  | { readonly type: 'counts'; readonly counts: FrameCounts }
  /** a worker could not be started or has failed: no frame goes through any more */
  | { readonly type: 'broken' };

/** How the newest epoch does in one worker. */
export interface EpochHealth {
  readonly type: 'epoch-health';
  readonly epoch: number;
  /** members besides ourselves */
  readonly others: number;
  /** a frame of this epoch could be read */
  readonly hasOpened: boolean;
  /** slots whose frames fail for 5 s */
  readonly failing: readonly string[];
}

/** What a worker says; the page makes one report of all workers' words. */
export type FrameWord = Exclude<FrameReport, { type: 'nobody' | 'broken' }> | EpochHealth;
