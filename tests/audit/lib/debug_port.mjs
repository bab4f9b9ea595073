// What the audit build of the client tells on its debug port (web/src/worker/audit.ts): every key that a
// worker used, and of what it encrypted one in a few. Bytes come as hex.

const listen = () => {
  const hex = (bytes) => [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  new BroadcastChannel('incamera-audit').onmessage = ({ data }) => {
    const told = Object.entries(data).map(([k, v]) => [k, v instanceof Uint8Array ? hex(v) : v]);
    globalThis.tellAudit(JSON.stringify(Object.fromEntries(told)));
  };
};

export class DebugPort {
  /** hex of each secret key */
  keys = new Set();
  /** {nonce, aad, plain, sealed, at, who} */
  encrypted = [];

  async attach(participant) {
    const { context, page, person } = participant;
    await context.exposeFunction('tellAudit', (text) => this.#on(JSON.parse(text), person.name));
    await context.addInitScript(listen);
    await page.goto('about:blank');
  }

  #on(told, who) {
    if (told.what === 'encrypted') this.encrypted.push({ ...told, who, at: Date.now() });
    else this.keys.add(told.format === 'jwk' ? Buffer.from(told.key, 'base64url').toString('hex') : told.key);
  }

  /** Frames of media: their metadata ends so. */
  get frames() {
    const end = Buffer.from('ICv1').toString('hex');
    return this.encrypted.filter(({ aad }) => aad.endsWith(end));
  }

  get texts() {
    return this.encrypted.filter((each) => !this.frames.includes(each));
  }
}
