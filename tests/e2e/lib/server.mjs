// The real server: one process on loopback, a data folder of its own, ports of its own. `within` are words
// in front of its command, such as those that run it in another network namespace.

import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const READY_MS = 15000;
const STOP_MS = 15000;

export class Server {
  constructor({ binary, within = [], port = 8080, mediaAddress = '127.0.0.1, 10.99.0.1', mediaPort = 10000, flags = [] }) {
    this.command = [...within, binary];
    this.mediaAddress = mediaAddress;
    this.port = port;
    this.mediaPort = mediaPort;
    this.flags = flags;
    this.folder = mkdtempSync(join(tmpdir(), 'incamera-test-'));
    this.log = '';
  }

  get url() {
    return `http://localhost:${this.port}`;
  }

  async start() {
    const flags = [
      ...this.command.slice(1), 'serve', '--dev', '--listen', `127.0.0.1:${this.port}`, '--data-dir', join(this.folder, 'data'),
      '--media-address', this.mediaAddress, '--media-port', String(this.mediaPort),
      '--media-udp-base', String(this.mediaPort), '--log-format', 'json', ...this.flags,
    ];
    this.process = spawn(this.command[0], flags, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ASAN_OPTIONS: 'detect_leaks=1:exitcode=23', UBSAN_OPTIONS: 'print_stacktrace=1' },
    });
    this.exit = new Promise((resolve) => this.process.on('exit', (code, signal) => resolve(code ?? signal)));
    for (const stream of [this.process.stdout, this.process.stderr])
      stream.on('data', (bytes) => { this.log += bytes; });
    const deadline = Date.now() + READY_MS;
    for (;;) {
      try {
        if ((await fetch(`${this.url}/readyz`)).ok) return this;
      } catch { /* not yet */ }
      if (Date.now() > deadline || this.process.exitCode !== null)
        throw new Error(`the server did not start:\n${this.log}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** Ends it politely; a sanitizer's finding shows in the exit status. */
  async stop(signal = 'SIGTERM') {
    if (this.process === undefined || this.process.exitCode !== null) return this.exit;
    this.process.kill(signal);
    const timer = setTimeout(() => this.process.kill('SIGKILL'), STOP_MS);
    const status = await this.exit;
    clearTimeout(timer);
    return status;
  }

  forget() {
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Resident memory in KiB and CPU time in seconds. */
  usage() {
    const status = readFileSync(`/proc/${this.process.pid}/status`, 'utf8');
    const stat = readFileSync(`/proc/${this.process.pid}/stat`, 'utf8').split(') ')[1].split(' ');
    return { residentKiB: Number(/VmRSS:\s+(\d+)/.exec(status)[1]), cpuS: (Number(stat[11]) + Number(stat[12])) / 100 };
  }
}
