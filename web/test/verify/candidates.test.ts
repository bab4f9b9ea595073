import { describe, expect, it } from 'vitest';
import { composeTransport, type OfferedTransport } from '../../src/verify/candidates';
import { checkSelectedPair } from '../../src/verify/selected_pair';
import { counted } from '../support/bytes';
import { proven } from '../support/prove_node';

const FINGERPRINT = Array.from(counted(32, 0x40), (byte) => byte.toString(16).toUpperCase()).join(
  ':',
);
const at = (...addresses: readonly string[]): OfferedTransport => ({
  fingerprint: FINGERPRINT,
  candidates: addresses.map((address) => ({ address, port: 443 })),
});

describe('the transport of a node', () => {
  it.each([[['192.0.2.10']], [['192.0.2.8', '192.0.2.11', '2001:db8:1::10']]])(
    'is composed of %j',
    async (addresses) => {
      expect(composeTransport(await proven(), at(...addresses))).toEqual({
        kind: 'composed',
        ...at(...addresses),
      });
    },
  );

  it.each([
    ['another fingerprint', FINGERPRINT.replace('40', '41')],
    ['a fingerprint in lower case', FINGERPRINT.toLowerCase()],
    ['half a fingerprint', FINGERPRINT.slice(0, 47)],
    ['no fingerprint', ''],
  ])('is refused with %s', async (_, fingerprint) => {
    expect(composeTransport(await proven(), { ...at('192.0.2.10'), fingerprint })).toEqual({
      kind: 'refused',
      reason: 'fingerprint',
      part: 'transport',
    });
  });

  it.each([
    ['no candidate', []],
    ['one candidate too many', ['192.0.2.10', '198.51.100.7']],
    ['one in front', ['198.51.100.7', '192.0.2.10']],
    ['a neighbour before', ['192.0.2.7']],
    ['a neighbour behind', ['192.0.2.12']],
    ['a neighbour in IPv6', ['2001:db8:1::11']],
    ['another network in IPv6', ['2001:db8:2::10']],
    ['a name', ['eu-fra-1.meet.example.org']],
    ['IPv4 in IPv6', ['::ffff:192.0.2.10']],
    ['IPv4 in IPv6, in hex', ['::ffff:c000:20a']],
    ['NAT64', ['64:ff9b::c000:20a']],
    ['octets in octal', ['192.0.2.010']],
    ['a number', ['3221225994']],
    ['capitals', ['2001:DB8:1::10']],
    ['a zone', ['2001:db8:1::10%eth0']],
    ['a space', ['192.0.2.10 ']],
    ['nothing', ['']],
  ])('is refused with %s', async (_, addresses) => {
    expect(composeTransport(await proven(), at(...addresses))).toEqual({
      kind: 'refused',
      reason: 'address',
      part: 'transport',
    });
  });

  it('is the one that packets go to', async () => {
    const node = await proven();
    expect(checkSelectedPair(node, '192.0.2.9')).toBeUndefined();
    expect(checkSelectedPair(node, '2001:db8:1::10')).toBeUndefined();
    for (const elsewhere of ['192.0.2.12', '198.51.100.7', '', undefined]) {
      expect(checkSelectedPair(node, elsewhere)).toEqual({
        kind: 'refused',
        reason: 'address',
        part: 'transport',
      });
    }
  });
});
