// Stands in for the shell: draws moving people, answers the simplest events, remembers all of them.

import type { ReceiptsView } from '../../src/wire/receipts_view';
import type {
  AppState,
  DirectoryNotice,
  Distance,
  UserEvent,
  ViewPort,
} from '../../src/call/model';

const WIDTH = 640;
const HEIGHT = 360;
const FRAMES = 12;

type Listener = (state: AppState) => void;

const COPIES = [{ node: 'eu-par-1.meet.example.org', country: 'FR' }];

export class FakePort implements ViewPort {
  readonly sent: UserEvent[] = [];
  /** every source that was attached, in order */
  readonly attached: string[] = [];
  #state: AppState;
  #listener: Listener = () => undefined;

  constructor(state: AppState) {
    this.#state = state;
  }

  get state(): AppState {
    return this.#state;
  }

  subscribe(listener: Listener): () => void {
    this.#listener = listener;
    listener(this.#state);
    return () => undefined;
  }

  change(part: Partial<AppState>): void {
    this.#state = { ...this.#state, ...part };
    this.#listener(this.#state);
  }

  send(event: UserEvent): void {
    this.sent.push(event);
    const { devices, notices } = this.#state;
    if (event.type === 'toggle') {
      this.change({
        devices:
          event.source === 'microphone'
            ? { ...devices, microphoneOn: !devices.microphoneOn }
            : { ...devices, cameraOn: !devices.cameraOn },
      });
    }
    if (event.type === 'dismiss') {
      this.change({ notices: notices.filter(({ id }) => id !== event.notice) });
    }
    if (event.type === 'copy-link' || event.type === 'copy-host-link') {
      const which = event.type === 'copy-link' ? 'link' : 'host-link';
      this.change({ notices: [...notices, { id: 99, notice: { kind: 'link-copied', which } }] });
    }
    if (event.type === 'code-matches') {
      this.change({ group: { ...this.#state.group, isCodeCompared: true } });
    }
    if (event.type === 'chat-open' && event.isOpen) this.change({ unread: 0 });
  }

  attachVideo(source: string, element: HTMLVideoElement): () => void {
    this.attached.push(source);
    const canvas = document.createElement('canvas');
    const isUpright = source === 'upright';
    canvas.width = isUpright ? HEIGHT : WIDTH;
    canvas.height = isUpright ? WIDTH : HEIGHT;
    const seed = source === 'self' ? 11 : Number(source.replace(/\D/gu, '') || 3);
    let turn = 0;
    const draw = (): void => {
      const pen = canvas.getContext('2d');
      if (pen !== null) paint(pen, seed, turn++);
    };
    draw();
    const timer = setInterval(draw, 1000 / FRAMES);
    element.srcObject = canvas.captureStream(FRAMES);
    return () => {
      clearInterval(timer);
      element.srcObject = null;
    };
  }

  microphoneLevel(): number {
    return 0.45;
  }

  receipts(): ReceiptsView {
    return {
      isWriting: true,
      count: 12,
      seconds: 720,
      heardAt: Date.now(),
      copies: COPIES,
      fault: null,
    };
  }

  saveEvidence(): Promise<boolean> {
    return Promise.resolve(true);
  }

  directory(): Promise<DirectoryNotice | null> {
    return Promise.resolve({ cluster: 'example', tags: ['country:de', 'country:fr'] });
  }

  distance(): Promise<Distance | null> {
    return Promise.resolve({
      rttMs: 7,
      answers: 31,
      boundKm: 1199.2,
      zone: 'Europe/Berlin',
      radiusKm: 500,
      excluded: ['AU', 'CN', 'IN', 'JP', 'RU', 'US'],
    });
  }

  slotLevel(mid: string): number {
    return mid === '3' ? 0.8 : 0;
  }
}

/** A room, a window, a person: enough to judge how a picture sits in its tile. */
function paint(pen: CanvasRenderingContext2D, seed: number, turn: number): void {
  const { width, height } = pen.canvas;
  const hue = (seed * 67) % 360;
  const wall = pen.createLinearGradient(0, 0, width, height);
  wall.addColorStop(0, `hsl(${hue} 18% 62%)`);
  wall.addColorStop(1, `hsl(${hue} 22% 34%)`);
  pen.fillStyle = wall;
  pen.fillRect(0, 0, width, height);
  pen.fillStyle = `hsl(${hue} 30% 78% / 55%)`;
  pen.fillRect(width * (seed % 2 === 0 ? 0.08 : 0.7), height * 0.1, width * 0.2, height * 0.42);
  const x = width / 2 + Math.sin(turn / 9 + seed) * 8;
  const size = Math.min(width, height);
  pen.fillStyle = `hsl(${(hue + 150) % 360} 28% 30%)`;
  pen.beginPath();
  pen.ellipse(x, height + size * 0.06, size * 0.46, size * 0.4, 0, 0, Math.PI * 2);
  pen.fill();
  pen.fillStyle = `hsl(${18 + (seed % 3) * 6} ${30 + (seed % 4) * 4}% ${34 + (seed % 5) * 10}%)`;
  pen.fillRect(x - size * 0.07, height * 0.5, size * 0.14, size * 0.2);
  pen.beginPath();
  pen.ellipse(x, height * 0.4, size * 0.16, size * 0.21, 0, 0, Math.PI * 2);
  pen.fill();
  pen.fillStyle = `hsl(${20 + (seed % 5) * 4} 24% ${12 + (seed % 4) * 9}%)`;
  pen.beginPath();
  pen.ellipse(x, height * 0.3, size * 0.175, size * 0.14, 0, Math.PI, Math.PI * 2);
  pen.fill();
}
