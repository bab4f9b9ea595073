// Another node of the operator, in another country, at other addresses and with other keys.

import {
  ALICE,
  BORIS,
  CERT,
  FINGERPRINT,
  later,
  signedNote,
  signer,
  type Signer,
} from './operator';

export const HOME = 'eu-fra-1.meet.example.org';
export const PARIS = 'fr1.meet.example.org';
export const PARIS_KEY = 'c5'.repeat(32);

export type Changes = readonly (readonly [string | RegExp, string])[];

/** The certificate of such a node, with changes. */
export function certOf(
  name: string,
  changes: Changes = [],
  signers: readonly Signer[] = [ALICE, BORIS],
  laterS = 0,
): string {
  const other: Changes = [
    [`node ${HOME}`, `node ${name}`],
    [/receipt-key \S+/, `receipt-key ${signer(`${name}/receipt`, 11).vkey}`],
    ['region DE', 'region FR'],
    [FINGERPRINT, PARIS_KEY],
    ['192.0.2.8/30', '198.51.100.8/30'],
    ['2001:db8:1::10/128', '2001:db8:2::10/128'],
  ];
  const text = [...other, ...changes].reduce((before, [from, to]) => {
    const after = before.replace(from, to);
    if (after === before) throw new Error(`nothing is changed: ${String(from)}`);
    return after;
  }, CERT);
  return signedNote(later(text, laterS), signers);
}

export const paris = certOf(PARIS);

export const AMERICA: Changes = [
  ['region FR', 'region US'],
  ['EEA EU', 'FVEY'],
];
