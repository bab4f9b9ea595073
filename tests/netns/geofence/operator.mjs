// An operator who signs whatever it likes, with its real key: what the project's own tool refuses to sign. The
// log takes it, as a log takes anything.

import { createHash, createPrivateKey, sign } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const leafOf = (note) => createHash('sha256').update(Buffer.concat([Buffer.from([0]), Buffer.from(note)])).digest();

export class CarelessOperator {
  constructor(lab) {
    this.lab = lab;
    const [, name, id, coded] = /^PRIVATE\+KEY\+([^+]+)\+([0-9a-f]{8})\+(\S+)$/.exec(readFileSync(join(lab.folder, 'ana.key'), 'utf8').trim());
    const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), Buffer.from(coded, 'base64').subarray(1)]);
    Object.assign(this, { name, id: Buffer.from(id, 'hex'), key: createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }) });
  }

  #publish(file, text) {
    const signature = Buffer.concat([this.id, sign(null, Buffer.from(text), this.key)]).toString('base64');
    writeFileSync(join(this.lab.folder, file), `${text}\n— ${this.name} ${signature}\n`);
    this.lab.run('log', 'add', 'log', file);
    this.lab.run('log', 'prove', '--out', file.replace(/txt$/, 'tlog-proof'), 'log', file);
    return file;
  }

  /** A certificate of the node for this country; or with another line `region` and no groups: null: none. */
  certify(node, name, country, region = country) {
    const settings = node.settings.map((each) => (each.startsWith('--node-region=') ? `--node-region=${country}` : each));
    let text = this.lab.run('node', 'facts', ...settings).replace(/\n*$/, '\n');
    if (region !== country) text = text.replace(/^region-groups .*\n/m, '').replace(/^region .*\n/m, region === null ? '' : `region ${region}\n`);
    return this.#publish(`${name}.txt`, text);
  }

  /** A list of these certificates. */
  list(certs, serial) {
    const leaves = certs.map((file) => leafOf(readFileSync(join(this.lab.folder, file)))).sort(Buffer.compare);
    const text = readFileSync(join(this.lab.folder, 'node-set.txt'), 'utf8').split('\n\n')[0]
      .replace(/^serial .*$/m, `serial ${serial}`)
      .replace(/\ncert [\s\S]*$/, `\n${leaves.map((leaf) => `cert ${leaf.toString('base64')}`).join('\n')}\n`);
    return this.#publish(`node-set-${serial}.txt`, text);
  }
}
