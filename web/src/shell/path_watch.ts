// Where packets go, as soon as a browser can tell. A browser moves to another path by itself, and speaks of it
// afterwards: at once where it has the event for it, in a quarter of a second where it has not. So a moment
// remains in which packets are on a path that nobody has looked at; nothing that a page can do makes it none.

import { selectedPair } from './selected_pair';

const LOOK_EVERY_MS = 250;
/** One look can fall between two paths. */
const BLIND_LOOKS_MAX = 4;

/** Newer than the types of some browsers, and absent in others. */
interface IceTransport extends EventTarget {
  getSelectedCandidatePair?: () => {
    readonly remote?: { readonly address?: string | null };
  } | null;
}

type OnAddress = (address: string | null) => void;

export class PathWatch {
  readonly #connection: RTCPeerConnection;
  readonly #onAddress: OnAddress;
  #timer: ReturnType<typeof setInterval> | undefined;
  #transport: IceTransport | null = null;
  #blindLooks = 0;

  constructor(connection: RTCPeerConnection, onAddress: OnAddress) {
    this.#connection = connection;
    this.#onAddress = onAddress;
  }

  /** When the descriptions are set: before, there is no transport. */
  start(): void {
    this.stop();
    const transport = transportOf(this.#connection);
    if (transport?.getSelectedCandidatePair) {
      this.#transport = transport;
      transport.addEventListener('selectedcandidatepairchange', this.#look);
    }
    this.#timer = setInterval(this.#look, LOOK_EVERY_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#transport?.removeEventListener('selectedcandidatepairchange', this.#look);
    this.#transport = null;
  }

  readonly #look = (): void => {
    if (this.#transport) this.#see(selectedBy(this.#transport));
    else void remoteAddress(this.#connection).then((address) => this.#see(address));
  };

  #see(address: string | null): void {
    this.#blindLooks = address === null ? this.#blindLooks + 1 : 0;
    if (address !== null || this.#blindLooks > BLIND_LOOKS_MAX) this.#onAddress(address);
  }
}

/** Null: the browser does not tell. */
export async function remoteAddress(connection: RTCPeerConnection): Promise<string | null> {
  const transport = transportOf(connection);
  if (transport?.getSelectedCandidatePair) return selectedBy(transport);
  const stats = await connection.getStats().catch(() => null);
  return (stats && selectedPair(stats)?.address) ?? null;
}

/** Of a path whose other end came up by itself, browsers keep the address to themselves. */
function selectedBy(transport: IceTransport): string | null {
  return transport.getSelectedCandidatePair?.()?.remote?.address || null;
}

/** All sections share one. */
function transportOf(connection: RTCPeerConnection): IceTransport | null {
  const [sender] = connection.getSenders();
  return (sender?.transport?.iceTransport as IceTransport | undefined) ?? null;
}
