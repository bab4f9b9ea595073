// Benchmarks only: notes when what happens in a page, on one clock for all pages of the machine. It
// stands before the page's own scripts; the product knows nothing of it.
(() => {
  const marks = [];
  const now = () => performance.timeOrigin + performance.now();
  const mark = (name) => marks.push({ name, at: now() });

  const Socket = globalThis.WebSocket;
  const typeOf = (text) => /"type"\s*:\s*"([a-z_]+)"/.exec(text)?.[1] ?? '?';
  globalThis.WebSocket = class extends Socket {
    constructor(...args) {
      super(...args);
      mark('socket made');
      this.addEventListener('open', () => mark('socket open'));
      this.addEventListener('message', ({ data }) => mark(`heard ${typeOf(data)}`));
    }
    send(text) {
      mark(`said ${typeOf(text)}`);
      super.send(text);
    }
  };

  const Thread = globalThis.Worker;
  globalThis.Worker = class extends Thread {
    constructor(...args) {
      super(...args);
      mark('worker made');
      this.addEventListener('message', ({ data }) => {
        if (data?.type === 'epoch-health' && data.hasOpened) mark(`opened ${data.epoch}`);
        else if (data?.type === 'decrypts') mark(`decrypts ${data.mid}`);
        else if (data?.type === 'view') mark(`view ${data.view.phase} ${data.view.epoch}`);
      });
    }
  };

  const Connection = globalThis.RTCPeerConnection;
  globalThis.RTCPeerConnection = class extends Connection {
    constructor(...args) {
      super(...args);
      mark('connection made');
      this.addEventListener('connectionstatechange', () => mark(`connection ${this.connectionState}`));
      this.addEventListener('iceconnectionstatechange', () => mark(`ice ${this.iceConnectionState}`));
    }
    async setLocalDescription(...args) {
      await super.setLocalDescription(...args);
      mark('local description');
    }
    async setRemoteDescription(...args) {
      await super.setRemoteDescription(...args);
      mark('remote description');
    }
  };

  /** A picture of somebody else is there to be seen. */
  document.addEventListener('loadeddata', ({ target }) => {
    const tile = target.closest?.('[data-person].tile');
    if (tile && tile.dataset.self !== 'true') mark('picture');
  }, true);

  let wasConnected = false;
  new MutationObserver(() => {
    const isConnected = document.querySelector('.call[data-connection="connected"]') !== null;
    if (isConnected && !wasConnected) mark('connected');
    wasConnected = isConnected;
  }).observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ['data-connection'] });

  globalThis.__marks = {
    mark,
    take: () => marks.splice(0),
    all: marks,
  };
})();
