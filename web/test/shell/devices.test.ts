// Asking the browser for devices, with a browser that is made up: what it is asked, in which order,
// and what the call machine is told.

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ShellEvent } from '../../src/call/event';
import type { Source } from '../../src/call/model';
import { Devices } from '../../src/shell/devices';

class FakeTrack {
  onended: (() => void) | null = null;
  isStopped = false;
  readonly kind: string;
  readonly deviceId: string;

  constructor(kind: string, deviceId: string) {
    this.kind = kind;
    this.deviceId = deviceId;
  }

  get label(): string {
    return `the ${this.kind}`;
  }

  getSettings(): { deviceId: string } {
    return { deviceId: this.deviceId };
  }

  stop(): void {
    this.isStopped = true;
  }
}

class FakeStream {
  addTrack(): void {
    return;
  }
  removeTrack(): void {
    return;
  }
}

const BOTH = [
  { source: 'microphone', id: null },
  { source: 'camera', id: null },
] as const;

let asked: string[];
let tracks: FakeTrack[];
let told: string[];
/** what the browser throws when it is asked for a source (of an id) */
let refusals: Record<string, string>;
let denied: Source[];
let answer: () => Promise<void>;

function getUserMedia(constraints: MediaStreamConstraints): Promise<{ getTracks(): FakeTrack[] }> {
  const wanted = (['audio', 'video'] as const).flatMap((kind) => {
    const each = constraints[kind] as { deviceId?: { exact: string } } | undefined;
    return each ? [{ kind, id: each.deviceId?.exact ?? 'default' }] : [];
  });
  asked.push(wanted.map(({ kind, id }) => `${kind}:${id}`).join('+'));
  return answer().then(() => {
    for (const { kind, id } of wanted) {
      const name = refusals[`${kind}:${id}`] ?? refusals[kind];
      if (name !== undefined) throw Object.assign(new Error(), { name });
    }
    const made = wanted.map(({ kind, id }) => new FakeTrack(kind, id));
    tracks.push(...made);
    return { getTracks: () => made };
  });
}

function tell(event: ShellEvent): void {
  if (event.type === 'device-opened') told.push(`${event.source} opened`);
  if (event.type === 'device-failed') told.push(`${event.source} ${event.problem}`);
  if (event.type === 'device-ended') told.push(`${event.source} ended`);
}

beforeEach(() => {
  [asked, tracks, told, refusals, denied] = [[], [], [], {}, []];
  answer = () => Promise.resolve();
  vi.useFakeTimers();
  vi.stubGlobal('MediaStream', FakeStream);
  vi.stubGlobal('navigator', {
    mediaDevices: {
      addEventListener: () => undefined,
      enumerateDevices: () => Promise.resolve([]),
      getUserMedia,
    },
    permissions: {
      query: ({ name }: { name: Source }) =>
        Promise.resolve({ state: denied.includes(name) ? 'denied' : 'prompt' }),
    },
  });
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe('opening devices', () => {
  it('asks one question for both', async () => {
    await new Devices(tell).open(BOTH);
    expect(asked).toEqual(['audio:default+video:default']);
    expect(told).toEqual(['microphone opened', 'camera opened']);
  });

  it('does not ask a person twice who has said no', async () => {
    refusals = { audio: 'NotAllowedError' };
    await new Devices(tell).open(BOTH);
    expect(asked).toEqual(['audio:default+video:default']);
    expect(told).toEqual(['microphone blocked', 'camera blocked']);
  });

  it('still opens the one that is not blocked', async () => {
    refusals = { video: 'NotAllowedError' };
    denied = ['camera'];
    await new Devices(tell).open(BOTH);
    expect(asked).toEqual(['audio:default+video:default', 'audio:default']);
    expect(told).toEqual(['microphone opened', 'camera blocked']);
  });

  it('opens the one that is there when the other is missing or busy', async () => {
    refusals = { video: 'NotReadableError' };
    await new Devices(tell).open(BOTH);
    expect(told).toEqual(['microphone opened', 'camera in-use']);
  });

  it('takes the default where the chosen one is gone', async () => {
    refusals = { 'audio:old': 'OverconstrainedError' };
    await new Devices(tell).open([{ source: 'microphone', id: 'old' }]);
    expect(asked).toEqual(['audio:old', 'audio:default']);
    expect(told).toEqual(['microphone opened']);
  });

  it('says so when there is none at all', async () => {
    refusals = { audio: 'NotFoundError' };
    await new Devices(tell).open([{ source: 'microphone', id: null }]);
    expect(asked).toEqual(['audio:default']);
    expect(told).toEqual(['microphone missing']);
  });
});

describe('closing devices', () => {
  it('stops the track', async () => {
    const devices = new Devices(tell);
    await devices.open(BOTH);
    devices.close('microphone');
    expect(tracks.map(({ isStopped }) => isStopped)).toEqual([true, false]);
    expect(devices.track('microphone')).toBeNull();
    expect(devices.track('camera')).not.toBeNull();
  });

  it('stops what comes after the person has thought better of it', async () => {
    let release: () => void = () => undefined;
    answer = () => new Promise((resolve) => (release = resolve));
    const devices = new Devices(tell);
    const opening = devices.open(BOTH);
    devices.close('microphone');
    release();
    await opening;
    expect(told).toEqual(['camera opened']);
    expect(tracks.map(({ isStopped }) => isStopped)).toEqual([true, false]);
  });

  it('tells when a device goes away by itself, and not when it was closed', async () => {
    const devices = new Devices(tell);
    await devices.open(BOTH);
    tracks[1]?.onended?.();
    expect(told.at(-1)).toBe('camera ended');
    devices.close('microphone');
    expect(tracks[0]?.onended).toBeNull();
  });
});
