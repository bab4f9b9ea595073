// How loud a stream is. One AudioContext for the page, made on the first question for a level: by
// then the person has clicked, and a browser lets it run.

const FLOOR_DB = -50;
/** Below this there is no microphone behind the stream, or a switch on it is off. */
const SILENT_BELOW = 3e-4;

export interface Meter {
  /** 0..1 as the ear would say it */
  level(): number;
  isSilent(): boolean;
  stop(): void;
}

let context: AudioContext | null = null;

export function audioContext(): AudioContext {
  context ??= new AudioContext();
  if (context.state === 'suspended') void context.resume();
  return context;
}

/** Firefox refuses a stream whose sample rate is not the context's: such a stream has no meter. */
const NO_METER: Meter = { level: () => 0, isSilent: () => false, stop: () => undefined };

export function meter(stream: MediaStream): Meter {
  try {
    return analyse(stream);
  } catch {
    return NO_METER;
  }
}

function analyse(stream: MediaStream): Meter {
  const source = audioContext().createMediaStreamSource(stream);
  const analyser = audioContext().createAnalyser();
  analyser.fftSize = 1024;
  source.connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  const loudness = (): number => {
    analyser.getFloatTimeDomainData(samples);
    return Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length);
  };
  return {
    level: () => {
      const decibel = 20 * Math.log10(loudness());
      return Math.min(1, Math.max(0, 1 - decibel / FLOOR_DB));
    },
    isSilent: () => loudness() < SILENT_BELOW,
    stop: () => source.disconnect(),
  };
}
