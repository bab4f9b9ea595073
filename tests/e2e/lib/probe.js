// Test only: looks at the page from outside. Wraps RTCPeerConnection to see what arrives; the
// product knows nothing of it.
(() => {
  const connections = [];
  const Native = globalThis.RTCPeerConnection;
  globalThis.RTCPeerConnection = class extends Native {
    constructor(...args) {
      super(...args);
      connections.push(this);
    }
  };

  /** What was said and heard on sockets: [who, type, when], in order. */
  const talk = [];
  const note = (who, data) => {
    const type = typeof data === 'string' ? /"type":"(\w+)"/.exec(data)?.[1] : null;
    if (type && type !== 'ping' && type !== 'pong') talk.push([who, type, performance.now()]);
  };
  const NativeSocket = globalThis.WebSocket;
  globalThis.WebSocket = class extends NativeSocket {
    constructor(...args) {
      super(...args);
      this.addEventListener('message', ({ data }) => note('server', data));
      this.addEventListener('close', () => talk.push(['page', 'closed', performance.now()]));
    }
    send(data) {
      note('page', data);
      super.send(data);
    }
  };

  const analysers = new Map();
  let context = null;

  function listen(receiver) {
    context ??= new AudioContext();
    if (context.state === 'suspended') void context.resume();
    let entry = analysers.get(receiver.track.id);
    if (entry === undefined) {
      const source = context.createMediaStreamSource(new MediaStream([receiver.track]));
      const analyser = context.createAnalyser();
      analyser.fftSize = 4096;
      analyser.smoothingTimeConstant = 0;
      source.connect(analyser);
      entry = { analyser, source };
      analysers.set(receiver.track.id, entry);
    }
    return entry.analyser;
  }

  const current = () => connections.filter((c) => c.connectionState !== 'closed').at(-1);

  function strongest(analyser, tones) {
    const bins = new Float32Array(analyser.frequencyBinCount);
    analyser.getFloatFrequencyData(bins);
    const width = context.sampleRate / analyser.fftSize;
    let best = null;
    for (const tone of tones) {
      const centre = Math.round(tone / width);
      const level = Math.max(bins[centre - 1], bins[centre], bins[centre + 1]);
      if (level > -60 && (best === null || level > best.level)) best = { tone, level };
    }
    return best;
  }

  globalThis.__probe = {
    connections,
    talk,
    /** Tones (of the list) that arrived on any receive section within the time. */
    async tones(list, ms) {
      const heard = new Set();
      const end = performance.now() + ms;
      while (performance.now() < end) {
        for (const transceiver of current()?.getTransceivers() ?? []) {
          if (transceiver.receiver.track.kind !== 'audio' || transceiver.direction === 'sendonly') continue;
          const best = strongest(listen(transceiver.receiver), list);
          if (best !== null) heard.add(best.tone);
        }
        await new Promise((resolve) => setTimeout(resolve, 40));
      }
      return [...heard].sort((a, b) => a - b);
    },
    /** Name and colours (left, right) of each tile that shows a picture now. */
    tiles() {
      return [...document.querySelectorAll('[data-person].tile')].map((tile) => {
        const video = tile.querySelector('video');
        const name = tile.querySelector('.tile-label')?.textContent?.trim() ?? '';
        const result = { name, isSelf: tile.dataset.self === 'true', state: tile.dataset.state, picture: null };
        if (video === null || video.readyState < 2 || video.videoWidth === 0) return result;
        const canvas = document.createElement('canvas');
        canvas.width = 32;
        canvas.height = 18;
        const c = canvas.getContext('2d', { willReadFrequently: true });
        c.drawImage(video, 0, 0, 32, 18);
        const at = (x, y) => [...c.getImageData(x, y, 1, 1).data].slice(0, 3);
        result.picture = { left: at(6, 9), right: at(25, 9), width: video.videoWidth, time: video.currentTime };
        return result;
      });
    },
    async stats() {
      const list = [];
      for (const report of (await current()?.getStats())?.values() ?? []) {
        if (['inbound-rtp', 'outbound-rtp', 'candidate-pair', 'transport'].includes(report.type)) list.push(report);
      }
      return list;
    },
    /** The codecs of the pictures that come, each once. */
    async codecs() {
      const reports = [...((await current()?.getStats())?.values() ?? [])];
      const coming = reports.filter(({ type, kind, framesDecoded }) => type === 'inbound-rtp' && kind === 'video' && framesDecoded > 0);
      const name = ({ codecId }) => reports.find(({ id }) => id === codecId)?.mimeType?.toLowerCase().replace('video/', '');
      return [...new Set(coming.map(name))];
    },
    /** Packets sent per kind since the connection began. */
    async sent() {
      const total = { audio: 0, video: 0 };
      for (const report of await this.stats())
        if (report.type === 'outbound-rtp') total[report.kind] += report.packetsSent;
      return total;
    },
    /** Onsets of the tone of an audio section and of the white square in a tile's picture, in ms of
     * the page's clock, as they come out. */
    async onsets(mid, name, ms) {
      const receiver = current().getTransceivers().find((t) => t.mid === mid).receiver;
      listen(receiver);
      const source = analysers.get(receiver.track.id).source;
      const analyser = context.createAnalyser();
      analyser.fftSize = 512;
      source.connect(analyser);
      const tile = [...document.querySelectorAll('.tile')].find((t) => t.textContent.includes(name));
      const video = tile.querySelector('video');
      const canvas = document.createElement('canvas');
      canvas.width = canvas.height = 1;
      const c = canvas.getContext('2d', { willReadFrequently: true });
      const samples = new Float32Array(analyser.fftSize);
      // Heard is what has gone through the sound device: its delay is known to the browser, which holds the
      // picture back for as long, and is not in what the analyser gets.
      const deviceMs = () => 1000 * context.outputLatency;
      const found = { sound: [], picture: [] };
      let wasLoud = true;
      let wasWhite = true;
      const end = performance.now() + ms;
      const onFrame = (_, frame) => {
        c.drawImage(video, video.videoWidth * 0.47, video.videoHeight * 0.45, video.videoWidth * 0.06, video.videoHeight * 0.1, 0, 0, 1, 1);
        const isWhite = c.getImageData(0, 0, 1, 1).data[0] > 160;
        if (isWhite && !wasWhite) found.picture.push(frame.expectedDisplayTime);
        wasWhite = isWhite;
        if (performance.now() < end) video.requestVideoFrameCallback(onFrame);
      };
      video.requestVideoFrameCallback(onFrame);
      while (performance.now() < end) {
        analyser.getFloatTimeDomainData(samples);
        const isLoud = samples.some((s) => Math.abs(s) > 0.05);
        if (isLoud && !wasLoud) found.sound.push(performance.now() + deviceMs());
        wasLoud = isLoud;
        await new Promise((resolve) => setTimeout(resolve, 4));
      }
      return found;
    },
    state: () => current()?.connectionState ?? 'none',
  };
})();
