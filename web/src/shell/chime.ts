// Three rising notes through the chosen speaker: the sound of the speaker test.

import { audioContext } from './levels';
import { setSpeaker } from './slots';

const NOTES_HZ = [523.25, 659.25, 783.99];
const NOTE_S = 0.22;
const LOUDNESS = 0.2;

export function playChime(speaker: string | null): void {
  const context = audioContext();
  const output = context.createMediaStreamDestination();
  NOTES_HZ.forEach((pitch, index) => {
    playNote(context, output, pitch, context.currentTime + index * NOTE_S);
  });
  const player = new Audio();
  player.srcObject = output.stream;
  if (speaker !== null) setSpeaker(player, speaker);
  void player.play().catch(() => undefined);
  setTimeout(() => (player.srcObject = null), (NOTES_HZ.length + 2) * NOTE_S * 1000);
}

function playNote(context: AudioContext, output: AudioNode, pitch: number, at: number): void {
  const tone = new OscillatorNode(context, { frequency: pitch });
  const volume = new GainNode(context, { gain: 0 });
  volume.gain.setValueAtTime(0, at);
  volume.gain.linearRampToValueAtTime(LOUDNESS, at + 0.02);
  volume.gain.exponentialRampToValueAtTime(0.001, at + NOTE_S * 1.8);
  tone.connect(volume).connect(output);
  tone.start(at);
  tone.stop(at + NOTE_S * 2);
}
