// The nft egress set of a node (incamera node egress), loaded by the real nft into the namespace of a real machine:
// what it lets out, to whom, by UDP and TCP, IPv4 and IPv6, counted at both ends. Before each denial the same packets
// are seen to pass. WORLD_PID holds the namespace in which everybody else is; we are in that of de1.
// Use: tests/netns/run.sh

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { cpSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, isIPv6 } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, test } from 'node:test';

const BINARY = resolve(process.env.TEST_BINARY ?? 'build/release/incamera');
const WORLD = process.env.WORLD_PID;
const PORT = 9000;
const BUS_PORT = 4222;
const RELAY_PORT = 10000;
const QUIET_MS = 400;
const NODES = {
  de1: { country: 'DE', addresses: ['10.97.0.1', '2001:db8:97::1'] },
  fr1: { country: 'FR', addresses: ['10.97.1.1', '2001:db8:97:1::1'] },
  us1: { country: 'US', addresses: ['10.97.2.1', '2001:db8:97:2::1'] },
  cn1: { country: 'CN', addresses: ['10.97.3.1', '2001:db8:97:3::1'] },
};
const US1_BY_NAT64 = '64:ff9b::a61:201'; // 10.97.2.1
const CLIENT = ['10.97.9.9', '2001:db8:97:9::9'];
const BUS = '10.97.4.1';
const EVERYBODY = [...Object.entries(NODES).flatMap(([name, { addresses }]) => (name === 'de1' ? [] : addresses)), US1_BY_NAT64, ...CLIENT, BUS];

const folder = mkdtempSync(join(tmpdir(), 'incamera-egress-'));
const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('INCAMERA_')));
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
const heard = [];
let listener;
let marks = 0;

function call(command, ...args) {
  const done = spawnSync(command, args, { encoding: 'utf8', timeout: 20000, env: environment, cwd: folder });
  return { status: done.status, out: done.stdout, err: done.stderr };
}
function ok(command, ...args) {
  const { status, out, err } = call(command, ...args);
  assert.equal(status, 0, `${command} ${args.join(' ')}: ${err}`);
  return out;
}
const inWorld = (...args) => ok('nsenter', '-t', WORLD, '-n', ...args);

const settings = (name) => ['--tls=off', `--origin=https://${name}.example.org`, '--listen=127.0.0.1:8080', `--data-dir=${join(folder, name)}`,
  `--node-name=${name}.example.org`, `--node-region=${NODES[name].country}`, '--node-site=50.11 8.68 25', '--node-entity=Lab',
  `--media-address=${NODES[name].addresses.join(',')}`, '--media-workers=1'];

/** The papers of all four, as operators make them; those of de1 in its data folder. */
function makePapers() {
  const file = (name) => join(folder, name);
  ok(BINARY, 'operator', 'init', '--name', 'example.org/ana', '--out', 'ana.key');
  ok(BINARY, 'operator', 'init', '--threshold', '1', '--out', 'operator-keys.txt', 'ana.key.pub');
  const certs = Object.keys(NODES).map((name) => `${name}.txt`);
  for (const name of Object.keys(NODES)) {
    writeFileSync(file(`${name}.txt`), ok(BINARY, 'node', 'facts', ...settings(name)));
    ok(BINARY, 'operator', 'sign-node', '--keys', 'operator-keys.txt', '--key', 'ana.key', `${name}.txt`);
  }
  ok(BINARY, 'operator', 'sign-set', '--keys', 'operator-keys.txt', '--key', 'ana.key', '--out', 'node-set.txt', ...certs);
  ok(BINARY, 'log', 'init', '--name', 'example.org/log', 'log');
  writeFileSync(file('log-policy.txt'), `log ${readFileSync(file('log/vkey'), 'utf8').trim()}\nquorum none\n`);
  ok(BINARY, 'log', 'add', 'log', 'operator-keys.txt', ...certs.slice(0, 3));
  cpSync(file('log/public'), file('older'), { recursive: true });
  ok(BINARY, 'log', 'add', 'log', ...certs.slice(3), 'node-set.txt');
  for (const [note, name] of [['node-set', 'node-set'], ['de1', 'node-cert']]) {
    ok(BINARY, 'log', 'prove', '--out', `${name}.tlog-proof`, 'log', `${note}.txt`);
    copyFileSync(file(`${name}.tlog-proof`), file(`de1/${name}.tlog-proof`));
  }
  for (const each of ['operator-keys.txt', 'node-set.txt', 'log-policy.txt']) copyFileSync(file(each), file(`de1/${each}`));
  copyFileSync(file('de1.txt'), file('de1/node-cert.txt'));
}

/** With other settings in the place of the usual ones, where they have the same name. */
function egress(...more) {
  const usual = [...settings('de1'), `--log-folder=${join(folder, 'log/public')}`];
  const nameOf = (flag) => flag.split('=')[0];
  return call(BINARY, 'node', 'egress', ...usual.filter((flag) => !more.some((each) => nameOf(each) === nameOf(flag))), ...more);
}

/** As an operator loads it. */
function load(...more) {
  const { status, out, err } = egress(...more);
  assert.equal(status, 0, err);
  writeFileSync(join(folder, 'egress.nft'), out);
  ok('nft', '-f', 'egress.nft');
}

before(async () => {
  makePapers();
  for (const address of EVERYBODY) inWorld('ip', 'addr', 'add', `${address}/${isIPv6(address) ? 128 : 32}`, 'dev', 'world0', ...(isIPv6(address) ? ['nodad'] : []));
  for (const address of NODES.de1.addresses) ok('ip', 'addr', 'add', `${address}/${isIPv6(address) ? 128 : 32}`, 'dev', 'de0', ...(isIPv6(address) ? ['nodad'] : []));
  ok('ip', 'route', 'add', 'default', 'dev', 'de0', 'src', NODES.de1.addresses[0]);
  ok('ip', '-6', 'route', 'add', 'default', 'dev', 'de0', 'src', NODES.de1.addresses[1]);
  inWorld('ip', 'route', 'add', `${NODES.de1.addresses[0]}/32`, 'dev', 'world0');
  inWorld('ip', '-6', 'route', 'add', `${NODES.de1.addresses[1]}/128`, 'dev', 'world0');
  const count = EVERYBODY.map((address, i) => `counter c${i} { }`).join('\n');
  const rules = EVERYBODY.map((address, i) => `${isIPv6(address) ? 'ip6' : 'ip'} daddr ${address} meta l4proto { tcp, udp, icmp, ipv6-icmp } counter name c${i}`).join('\n');
  writeFileSync(join(folder, 'world.nft'), `table inet world {\n${count}\nchain input { type filter hook prerouting priority -300; policy accept;\nicmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept\n${rules}\n}\n}\n`);
  inWorld('nft', '-f', join(folder, 'world.nft'));
  listener = spawn('nsenter', ['-t', WORLD, '-n', process.execPath, resolve('tests/netns/listener.mjs'), `${PORT},${BUS_PORT},${RELAY_PORT}`, ...EVERYBODY], { stdio: ['ignore', 'pipe', 'inherit'] });
  let rest = '';
  await new Promise((done) => listener.stdout.on('data', (bytes) => {
    const lines = `${rest}${bytes}`.split('\n');
    rest = lines.pop();
    for (const line of lines) {
      const what = JSON.parse(line);
      if (what.ready) done();
      else heard.push(what);
    }
  }));
});

after(() => {
  listener?.kill();
  rmSync(folder, { recursive: true, force: true });
});

/** Packets that have come to an address in the world, by the kernel's count there. */
function arrived(address) {
  const list = JSON.parse(inWorld('nft', '-j', 'list', 'counter', 'inet', 'world', `c${EVERYBODY.indexOf(address)}`));
  return list.nftables.find((each) => each.counter).counter.packets;
}
/** What the ruleset has dropped or counted. */
function counted(name) {
  const list = JSON.parse(ok('nft', '-j', 'list', 'counter', 'inet', 'incamera_egress', name));
  return list.nftables.find((each) => each.counter).counter.packets;
}

/** Write to an address by UDP and TCP: which of the two came. */
async function write(address, port = PORT) {
  const text = `mark ${++marks}`;
  const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4');
  socket.send(text, port, address, () => {}); // EPERM where it is denied
  const stream = connect({ host: address, port });
  stream.on('error', () => {}).write(text);
  const came = () => heard.filter((each) => each.text === text && each.to === address && each.port === port).map(({ by }) => by).sort();
  for (const end = Date.now() + QUIET_MS; Date.now() < end && came().length < 2;) await sleep(10);
  stream.destroy();
  socket.close();
  return came().join(' ');
}

async function allPass(addresses) {
  for (const address of addresses) {
    const earlier = arrived(address);
    assert.equal(await write(address), 'tcp udp', address);
    assert.ok(arrived(address) > earlier, address);
  }
}
async function nothingPasses(addresses) {
  for (const address of addresses) {
    const earlier = arrived(address);
    assert.equal(await write(address), '', address);
    if (address !== US1_BY_NAT64) provoke(address);
    assert.equal(arrived(address) - earlier, 0, `packets at ${address}`);
  }
}

/** A datagram from there to a port of ours where nobody is: the kernel answers with ICMP. */
function provoke(from) {
  const v6 = isIPv6(from);
  const script = `const s = require('dgram').createSocket('udp${v6 ? 6 : 4}');
    s.bind(0, '${from}', () => s.send('nobody', 7777, '${NODES.de1.addresses[v6 ? 1 : 0]}', () => setTimeout(() => process.exit(0), 50)));
    s.on('error', () => process.exit(0));`;
  inWorld(process.execPath, '-e', script);
}

test('the canary: without the ruleset everything arrives, and both counts see it', async () => {
  await allPass(EVERYBODY);
  for (const address of NODES.us1.addresses) {
    const earlier = arrived(address);
    provoke(address);
    assert.ok(arrived(address) > earlier, `ICMP to ${address}`);
  }
});

test('nothing goes to nodes outside the countries; peers and clients are sent to', async () => {
  load('--policy-countries', 'DE,FR');
  await nothingPasses([...NODES.us1.addresses, US1_BY_NAT64, ...NODES.cn1.addresses]);
  for (const name of ['outside_v4_udp', 'outside_v4_tcp', 'outside_v6_udp', 'outside_v6_tcp', 'outside_v4_other', 'outside_v6_other']) assert.ok(counted(name) > 0, name);
  await allPass([...NODES.fr1.addresses, ...CLIENT, BUS]);
  assert.ok(counted('peers_v4') > 0 && counted('peers_v6') > 0);
});

test('other countries: the new rules take the place of the old ones', async () => {
  load('--policy-countries', 'DE,US');
  await allPass([...NODES.us1.addresses, US1_BY_NAT64, ...CLIENT]);
  await nothingPasses([...NODES.fr1.addresses, ...NODES.cn1.addresses]);
  load(); // its own country alone
  await nothingPasses([...NODES.fr1.addresses, ...NODES.us1.addresses, ...NODES.cn1.addresses]);
  await allPass(CLIENT);
  load('--policy-countries', 'EU');
  await allPass(NODES.fr1.addresses);
  await nothingPasses([...NODES.us1.addresses, US1_BY_NAT64]);
});

test('what is not proved is no ruleset, and the old one stays', async () => {
  load('--policy-countries', 'DE,FR');
  const refusals = [
    [1, /stands in DE/, ['--policy-countries', 'FR,US']],
    [1, /3 of the 4 certificates/, [`--log-folder=${join(folder, 'older')}`]],
    [1, /log_folder is not set/, ['--log-folder=']],
    [1, /checkpoint/, [`--log-folder=${join(folder, 'none')}`]],
    [1, /no certificate/, [`--data-dir=${join(folder, 'fr1')}`]],
    [1, /address/, ['--media-address=10.97.0.77']],
    [2, /no country/, ['--policy-countries', 'DE,XX']],
    [2, /names no country/, ['--policy-countries', ',']],
    [2, /--no-clients/, ['--also', '10.0.0.1']],
    [2, /no address and no block/, ['--no-clients', '--also', '10.0.0.1/8']],
  ];
  for (const [expected, words, more] of refusals) {
    const { status, out, err } = egress(...more);
    assert.equal(status, expected, `${more}: ${err}`);
    assert.match(err, words);
    assert.equal(out, '', `${more}`);
    ok('nft', '-f', '/dev/null'); // what an operator's pipe would load
  }
  const cert = readFileSync(join(folder, 'de1/node-set.txt'), 'utf8');
  writeFileSync(join(folder, 'de1/node-set.txt'), cert.replace(/^serial \d/m, 'serial 9'));
  const altered = egress('--json');
  assert.equal(altered.status, 1);
  assert.deepEqual([JSON.parse(altered.out).ok, JSON.parse(altered.out).ruleset], [false, undefined]);
  writeFileSync(join(folder, 'de1/node-set.txt'), cert);
  await nothingPasses(NODES.us1.addresses);
});

test('a machine without clients sends to peers by UDP, to the bus and to what is named, and to nobody else', async () => {
  const bus = [`--nats-url=nats://${BUS}:${BUS_PORT}`, '--cluster-name=lab', '--placement-tags=a:b', '--nats-credentials=/none'];
  const named = egress('--no-clients', '--nats-url=nats://bus.example.org:4222', ...bus.slice(1));
  assert.deepEqual([named.status, named.out], [2, '']);
  load('--policy-countries', 'DE,FR', '--no-clients', '--also', CLIENT[1], ...bus);
  for (const address of NODES.fr1.addresses) assert.equal(await write(address), 'udp', address);
  await nothingPasses([...NODES.us1.addresses, US1_BY_NAT64, ...NODES.cn1.addresses, CLIENT[0]]);
  await allPass([CLIENT[1]]);
  assert.equal(await write(BUS, BUS_PORT), 'tcp');
  assert.equal(await write(BUS, PORT), '');
  for (const address of NODES.fr1.addresses) assert.equal(await write(address, RELAY_PORT), 'tcp udp', address);
  assert.equal(await write(NODES.us1.addresses[0], RELAY_PORT), '');
  assert.ok(counted('unknown_v4') > 0);
  assert.equal(await answers(CLIENT[0]), false);
  assert.equal(await answers(CLIENT[1]), true);
  load('--policy-countries', 'DE,FR');
  assert.equal(await answers(CLIENT[0]), true);
});

/** Somebody in the world, at this address, reaches a server of ours. */
async function answers(from) {
  const v6 = isIPv6(from);
  const own = NODES.de1.addresses[v6 ? 1 : 0];
  const server = createServer((connection) => connection.on('error', () => {}).end('here'));
  await new Promise((done) => server.listen(7000, own, done));
  const script = `const s = require('net').connect({ host: '${own}', port: 7000, localAddress: '${from}' });
    s.on('data', () => process.exit(0)).on('error', () => process.exit(1)); setTimeout(() => process.exit(1), 1500);`;
  const child = spawn('nsenter', ['-t', WORLD, '-n', process.execPath, '-e', script]);
  const code = await new Promise((done) => child.once('close', done));
  server.close();
  return code === 0;
}

test('as JSON it says what it is about', () => {
  const { status, out } = egress('--policy-countries', 'DE,FR', '--json');
  assert.equal(status, 0);
  const { ok: isOk, ruleset, countries, peers, outside, serial, not_after: end } = JSON.parse(out);
  assert.deepEqual([isOk, countries, peers, outside], [true, ['DE', 'FR'], 1, 2]);
  assert.match(ruleset, /^# incamera node egress: de1\.example\.org, node set \d+/);
  assert.ok(serial > 0 && end * 1000 > Date.now());
});
