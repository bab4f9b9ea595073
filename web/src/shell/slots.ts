// What is received, by the key of its slot (call/slot_key.ts). Each slot has one stream for as long as the page lives:
// after a new session its track is exchanged, and every element that shows it goes on by itself.
// Audio is played here, by elements that nobody sees, so that no change of the screen interrupts it.

import { setOfKey, type SlotSet } from '../call/slot_key';

export class Slots {
  readonly #streams = new Map<string, MediaStream>();
  readonly #players = new Map<string, HTMLAudioElement>();
  #speaker: string | null = null;

  constructor() {
    // A browser that refused to play before a gesture is asked again after one.
    for (const gesture of ['pointerdown', 'keydown']) {
      document.addEventListener(gesture, () => this.#playAll(), { passive: true });
    }
  }

  put(mid: string, track: MediaStreamTrack): void {
    const stream = this.stream(mid);
    for (const old of stream.getTracks()) stream.removeTrack(old);
    stream.addTrack(track);
    if (track.kind === 'audio') this.#play(mid);
  }

  /** The stream of a slot; it may still be empty. */
  stream(mid: string): MediaStream {
    const known = this.#streams.get(mid);
    if (known) return known;
    const stream = new MediaStream();
    this.#streams.set(mid, stream);
    return stream;
  }

  useSpeaker(id: string): void {
    this.#speaker = id;
    for (const player of this.#players.values()) setSpeaker(player, id);
  }

  /** Of one set, or of both. */
  clear(set?: SlotSet): void {
    const isMeant = (key: string): boolean => set === undefined || setOfKey(key) === set;
    for (const [key, player] of this.#players) {
      if (!isMeant(key)) continue;
      player.remove();
      this.#players.delete(key);
    }
    for (const [key, stream] of this.#streams) {
      if (!isMeant(key)) continue;
      for (const track of stream.getTracks()) stream.removeTrack(track);
    }
  }

  #play(mid: string): void {
    const player = this.#players.get(mid) ?? document.createElement('audio');
    player.hidden = true;
    player.autoplay = true;
    player.srcObject = this.stream(mid);
    if (this.#speaker !== null) setSpeaker(player, this.#speaker);
    if (!this.#players.has(mid)) document.body.append(player);
    this.#players.set(mid, player);
    resume(player);
  }

  #playAll(): void {
    for (const player of this.#players.values()) if (player.paused) resume(player);
  }
}

/** Not every browser lets the page choose; then the system's choice stays. */
export function setSpeaker(player: HTMLMediaElement, id: string): void {
  if ('setSinkId' in player) void player.setSinkId(id).catch(() => undefined);
}

function resume(player: HTMLMediaElement): void {
  void player.play().catch(() => undefined);
}
