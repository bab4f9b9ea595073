// Whoever is written to in the world: one line of JSON for each datagram and each connection, with the address that it
// came to. Use: listener.mjs PORTS ADDRESS…
import { createSocket } from 'node:dgram';
import { createServer, isIPv6 } from 'node:net';

const [ports, ...addresses] = process.argv.slice(2);
const tell = (what) => process.stdout.write(`${JSON.stringify(what)}\n`);

for (const address of addresses) {
  for (const port of ports.split(',').map(Number)) {
    const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4');
    socket.on('message', (bytes) => tell({ to: address, port, by: 'udp', text: bytes.toString() }));
    await new Promise((done) => socket.bind(port, address, done));
    const server = createServer((connection) => {
      connection.on('data', (bytes) => tell({ to: address, port, by: 'tcp', text: bytes.toString() })).on('error', () => {});
    });
    await new Promise((done) => server.listen(port, address, done));
  }
}
tell({ ready: true });
