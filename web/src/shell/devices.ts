// Microphone and camera of this computer. A device that is not wanted is closed, not only silenced.
// Each source has a turn number: what the browser brings for an older turn is closed at once.

import type { ShellEvent, WantedDevice } from '../call/event';
import type { Device, DeviceProblem, Source } from '../call/model';
import { problemOf } from '../call/problem';
import { meter, type Meter } from './levels';

const SILENCE_MS = 5000;
const LOOK_MS = 250;

type IsStale = (source: Source) => boolean;

interface Open {
  readonly track: MediaStreamTrack;
  readonly meter: Meter | null;
}

export class Devices {
  readonly #dispatch: (event: ShellEvent) => void;
  readonly #open = new Map<Source, Open>();
  readonly #turns: Record<Source, number> = { microphone: 0, camera: 0 };
  /** one's own picture, for as long as the page lives */
  readonly picture = new MediaStream();

  constructor(dispatch: (event: ShellEvent) => void) {
    this.#dispatch = dispatch;
    navigator.mediaDevices.addEventListener('devicechange', () => void this.list());
    this.#watchSilence();
  }

  track(source: Source): MediaStreamTrack | null {
    return this.#open.get(source)?.track ?? null;
  }

  level(): number {
    return this.#open.get('microphone')?.meter?.level() ?? 0;
  }

  close(source: Source): void {
    this.#turns[source]++;
    this.#shut(source);
  }

  /** Asks once for all that is wanted, so that the browser shows one question. */
  async open(wanted: readonly WantedDevice[]): Promise<void> {
    for (const { source } of wanted) this.close(source); // a device may refuse to be open twice
    const turns = { ...this.#turns };
    const isStale: IsStale = (source) => turns[source] !== this.#turns[source];
    const problem = wanted.length > 1 ? await this.#get(wanted, isStale) : 'failed';
    if (problem !== null) await this.#openEach(wanted, problem, isStale);
    await this.list();
  }

  async list(): Promise<void> {
    const all = await navigator.mediaDevices.enumerateDevices();
    const of = (kind: MediaDeviceKind): Device[] =>
      all
        .filter((each) => each.kind === kind && each.deviceId !== '')
        .map(({ deviceId, label }) => ({ id: deviceId, label }));
    this.#dispatch({
      type: 'device-list',
      microphones: of('audioinput'),
      cameras: of('videoinput'),
      speakers: of('audiooutput'),
    });
  }

  /** Each device opens by itself or says for itself why it does not. */
  async #openEach(
    wanted: readonly WantedDevice[],
    problem: DeviceProblem,
    isStale: IsStale,
  ): Promise<void> {
    const refused = await refusedBy(wanted, problem);
    for (const each of wanted) {
      const reason = refused.includes(each.source) ? problem : await this.#openOne(each, isStale);
      if (reason !== null && !isStale(each.source)) {
        this.#dispatch({ type: 'device-failed', source: each.source, problem: reason });
      }
    }
  }

  async #openOne(wanted: WantedDevice, isStale: IsStale): Promise<DeviceProblem | null> {
    const problem = await this.#get([wanted], isStale);
    const isChoiceGone = problem === 'missing' && wanted.id !== null;
    return isChoiceGone ? this.#get([{ ...wanted, id: null }], isStale) : problem;
  }

  async #get(wanted: readonly WantedDevice[], isStale: IsStale): Promise<DeviceProblem | null> {
    try {
      const stream = await navigator.mediaDevices.getUserMedia(constraintsOf(wanted));
      for (const track of stream.getTracks()) this.#take(track, isStale);
      return null;
    } catch (error) {
      return error instanceof Error ? problemOf(error.name, error.message) : 'failed';
    }
  }

  #take(track: MediaStreamTrack, isStale: IsStale): void {
    const source: Source = track.kind === 'audio' ? 'microphone' : 'camera';
    if (isStale(source)) return track.stop();
    const isMicrophone = source === 'microphone';
    this.#open.set(source, { track, meter: isMicrophone ? meter(new MediaStream([track])) : null });
    if (!isMicrophone) this.picture.addTrack(track);
    track.onended = () => {
      this.#shut(source);
      this.#dispatch({ type: 'device-ended', source });
    };
    const id = track.getSettings().deviceId ?? null;
    this.#dispatch({ type: 'device-opened', source, id, label: track.label });
  }

  #shut(source: Source): void {
    const open = this.#open.get(source);
    if (!open) return;
    open.track.onended = null;
    open.track.stop();
    open.meter?.stop();
    this.picture.removeTrack(open.track);
    this.#open.delete(source);
  }

  /** Tells when an open microphone has given no sound at all for some seconds. */
  #watchSilence(): void {
    let quietFor = 0;
    let wasSilent = false;
    setInterval(() => {
      const isQuiet = this.#open.get('microphone')?.meter?.isSilent() ?? false;
      quietFor = isQuiet ? quietFor + LOOK_MS : 0;
      const isSilent = quietFor >= SILENCE_MS;
      if (isSilent === wasSilent) return;
      wasSilent = isSilent;
      this.#dispatch({ type: 'microphone-silent', isSilent });
    }, LOOK_MS);
  }
}

function constraintsOf(wanted: readonly WantedDevice[]): MediaStreamConstraints {
  const constraints: MediaStreamConstraints = {};
  for (const { source, id } of wanted) {
    const device = id === null ? {} : { deviceId: { exact: id } };
    if (source === 'microphone') constraints.audio = device;
    else
      constraints.video = {
        ...device,
        width: { ideal: 1280 },
        height: { ideal: 720 },
        frameRate: { ideal: 30 },
      };
  }
  return constraints;
}

/** Which devices stay closed after a refusal: a person who has just said no is not asked again, but
 * where only one of two is blocked for good, the other one may still open. */
async function refusedBy(
  wanted: readonly WantedDevice[],
  problem: DeviceProblem,
): Promise<readonly Source[]> {
  if (problem !== 'blocked' && problem !== 'blocked-by-system') return [];
  const sources = wanted.map(({ source }) => source);
  const denied = await Promise.all(sources.map(isDenied));
  const blocked = sources.filter((_, index) => denied[index]);
  return blocked.length === 1 ? blocked : sources;
}

async function isDenied(name: Source): Promise<boolean> {
  try {
    return (await navigator.permissions.query({ name })).state === 'denied';
  } catch {
    return false; // this browser does not tell
  }
}
