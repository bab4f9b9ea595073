// A leak on purpose: three datagrams and a connection, IPv4 and IPv6, from among people to a country outside
// of the region. What does not see this would not see another one.

import { createSocket } from 'node:dgram';
import { connect } from 'node:net';

const PORT = 9;
const DATAGRAMS = 3;

const send = (address) => new Promise((resolve) => {
  const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
  let left = DATAGRAMS;
  for (let i = 0; i < DATAGRAMS; i++) socket.send('canary', PORT, address, () => --left === 0 && socket.close(resolve));
});

const knock = (address) => new Promise((resolve) => {
  const socket = connect({ host: address, port: PORT });
  socket.once('error', resolve); // nobody listens there
  socket.once('connect', () => socket.destroy(resolve()));
});

/** What both observers must have seen of it at least. */
export const CANARY = { udp4: DATAGRAMS, udp6: DATAGRAMS, tcp4: 1, tcp6: 1 };

export async function leak({ address, address6 }) {
  for (const each of [address, address6]) {
    await send(each);
    await knock(each);
  }
}
