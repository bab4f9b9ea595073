// Carries TCP connections on, so that a page over the wire is one of http://localhost: browsers give
// cameras to no other page without TLS. Use: forward.mjs FROM_ADDRESS FROM_PORT TO_ADDRESS TO_PORT

import { connect, createServer } from 'node:net';

const [from, fromPort, to, toPort] = process.argv.slice(2);

const server = createServer({ noDelay: true }, (near) => {
  const far = connect({ host: to, port: Number(toPort), noDelay: true });
  for (const [one, other] of [[near, far], [far, near]]) {
    one.pipe(other);
    one.on('error', () => other.destroy());
    one.on('close', () => other.destroy());
  }
});
server.listen(Number(fromPort), from, () => console.log('ready'));
