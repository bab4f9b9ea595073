// Janus as Debian packages it, with a configuration of its own, and its HTTP API on loopback. Its media takes any address of
// the machine: run it in a network namespace.

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const PORT = 8288;
const PATIENCE_MS = 20000;

const files = (loops) => ({
  'janus.jcfg': `general: { debug_level = 2; ${loops > 0 ? `event_loops = ${loops}; ` : ''}}
media: { rtp_port_range = "30000-39999"; dtls_mtu = 1200 }
nat: { ignore_mdns = true }
transports: { disable = "libjanus_rabbitmq.so,libjanus_pfunix.so,libjanus_mqtt.so,libjanus_nanomsg.so,libjanus_websockets.so" }
events: { broadcast = false }
`,
  'janus.transport.http.jcfg': `general: { json = "compact"; base_path = "/janus"; http = true; port = ${PORT}; ip = "127.0.0.1"; https = false }
admin: { admin_http = false }
`,
  'janus.plugin.videoroom.jcfg': 'general: { }\n',
});

export class Janus {
  #url = `http://127.0.0.1:${PORT}/janus`;
  #waiting = []; // { matches, resolve, reject }
  #heard = [];
  #next = 1;

  /** `within`: words in front of its command; `loops`: event loops, 0: a thread for each handle, as it is packaged. */
  constructor({ within = [], loops = 0 } = {}) {
    this.command = [...within, 'janus'];
    this.loops = loops;
    this.folder = mkdtempSync(join(tmpdir(), 'incamera-janus-'));
  }

  async start() {
    for (const [name, text] of Object.entries(files(this.loops))) writeFileSync(join(this.folder, name), text);
    const flags = ['-F', this.folder, '-C', join(this.folder, 'janus.jcfg'), '-o'];
    this.process = spawn(this.command[0], [...this.command.slice(1), ...flags], { stdio: ['ignore', 'ignore', 'ignore'] });
    this.process.on('error', () => {});
    const deadline = Date.now() + PATIENCE_MS;
    for (;;) {
      try {
        this.session = (await this.#post('', { janus: 'create' })).data.id;
        break;
      } catch {
        if (Date.now() > deadline || this.process.exitCode !== null) throw new Error('Janus did not start');
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
    void this.#listen();
  }

  stop() {
    this.isOver = true;
    this.process?.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }

  async #post(path, message, transaction = `t${this.#next++}`) {
    const body = JSON.stringify({ ...message, transaction });
    const answer = await (await fetch(`${this.#url}${path}`, { method: 'POST', body })).json();
    if (answer.janus === 'error') throw new Error(`Janus: ${answer.error.reason}`);
    return answer;
  }

  async #listen() {
    while (!this.isOver) {
      const events = await fetch(`${this.#url}/${this.session}?maxev=20`).then((answer) => answer.json(), () => []);
      this.#heard.push(...(Array.isArray(events) ? events : [events]));
      this.#waiting = this.#waiting.filter((each) => !this.#serve(each));
    }
  }

  #serve({ matches, resolve }) {
    const at = this.#heard.findIndex(matches);
    if (at >= 0) resolve(...this.#heard.splice(at, 1));
    return at >= 0;
  }

  /** The first event, also of those that came before, which is so. */
  event(matches) {
    return new Promise((resolve, reject) => {
      const each = { matches, resolve };
      if (this.#serve(each)) return;
      this.#waiting.push(each);
      setTimeout(() => reject(new Error('Janus does not answer')), PATIENCE_MS).unref();
    });
  }

  /** A handle of the VideoRoom. */
  async attach() {
    return (await this.#post(`/${this.session}`, { janus: 'attach', plugin: 'janus.plugin.videoroom' })).data.id;
  }

  /** What the plugin answers: { plugindata, jsep }. */
  async ask(handle, body, jsep) {
    const transaction = `t${this.#next++}`;
    const message = { janus: 'message', body, ...(jsep && { jsep }) };
    const answer = await this.#post(`/${this.session}/${handle}`, message, transaction);
    const whole = answer.janus === 'ack' ? await this.event((event) => event.transaction === transaction) : answer;
    const { error } = whole.plugindata.data;
    if (error !== undefined) throw new Error(`Janus: ${error}`);
    return whole;
  }
}
