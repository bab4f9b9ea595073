// One WebSocket at a time to the server's signalling. A socket that has been replaced or given up
// is never heard again.

import type { ShellEvent } from '../call/event';
import { decodeServer, encode, type ClientMessage } from '../wire/message';
import { originOfNode } from '../wire/node_origin';

const CLEAN = 1000;

export class Socket {
  readonly #dispatch: (event: ShellEvent) => void;
  #socket: WebSocket | null = null;

  constructor(dispatch: (event: ShellEvent) => void) {
    this.#dispatch = dispatch;
  }

  /** To a node by the name in its certificate; null: to the one that served the page. */
  open(node: string | null): void {
    this.drop();
    const { origin } = location;
    const url = new URL('/signal', node === null ? origin : originOfNode(node, origin));
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
    const socket = new WebSocket(url);
    const hear = (event: ShellEvent): void => {
      if (this.#socket === socket) this.#dispatch(event);
    };
    socket.onopen = () => hear({ type: 'socket-open' });
    socket.onclose = () => hear({ type: 'socket-closed' });
    socket.onmessage = ({ data }) => {
      const message = typeof data === 'string' ? decodeServer(data) : undefined;
      hear({ type: 'socket-message', message });
    };
    this.#socket = socket;
  }

  say(message: ClientMessage): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(encode(message));
  }

  /** The server lets go of the session. */
  close(): void {
    this.#end(CLEAN);
  }

  /** The session stays on the server, for another socket to resume: a close without a code. */
  drop(): void {
    this.#end();
  }

  #end(code?: number): void {
    this.#socket?.close(code);
    this.#socket = null;
  }
}
