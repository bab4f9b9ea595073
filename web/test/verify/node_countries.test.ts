import { describe, expect, it } from 'vitest';
import { findNodeCountries } from '../../src/verify/node_countries';
import { readTerms, type NodeTerms } from '../../src/verify/node_terms';
import { writeBundle } from '../../src/verify/tile';
import { readNodePapers } from '../../src/wire/node_papers';
import { utf8 } from '../../src/wire/utf8';
import { ALICE, BORIS, CERT, LOG, NOW, carryOut, shownBy, signedNote } from '../support/operator';

const cert = (from: string, to: string): string =>
  signedNote(CERT.replace(from, to), [ALICE, BORIS]);
const abroad = (country: string): string =>
  cert('region DE\nregion-groups EEA EU', `region ${country}\nregion-groups -`);
const JAPAN = abroad('JP');
const CHILE = abroad('CL');

async function termsOf(...others: readonly string[]): Promise<NodeTerms> {
  const { evidence } = carryOut({ setOf: (own) => [own, ...others] });
  const papers = readNodePapers(shownBy(evidence));
  const terms = papers && (await readTerms(papers, NOW));
  if (terms?.kind !== 'terms') throw new Error(terms?.reason);
  return terms;
}

/** A log of these entries; `asked` gathers the files that are read. */
function logOf(entries: readonly string[], asked: string[] = []) {
  const head = `${LOG.name}\n${entries.length}\n${Buffer.alloc(32).toString('base64')}\n`;
  return (path: string) => {
    asked.push(path);
    if (path === 'checkpoint') return Promise.resolve(utf8(signedNote(head, [LOG])));
    const [, index = '', width = '256'] =
      /^tile\/entries\/(\d{3})(?:\.p\/(\d+))?$/.exec(path) ?? [];
    const from = Number(index) * 256;
    const bundle = entries.slice(from, from + Number(width)).map(utf8);
    return Promise.resolve(index === '' ? undefined : writeBundle(bundle));
  };
}

describe('the countries of an operator', () => {
  it('of one node is its own, and no log is asked', async () => {
    const asked: string[] = [];
    const found = await findNodeCountries(await termsOf(), logOf([], asked), NOW);
    expect(found).toEqual({ countries: ['DE'], isComplete: true });
    expect(asked).toEqual([]);
  });

  it('are those of every certificate in force', async () => {
    const terms = await termsOf(JAPAN, CHILE);
    const found = await findNodeCountries(terms, logOf(['one', JAPAN, 'two', CHILE]), NOW);
    expect(found).toEqual({ countries: ['CL', 'DE', 'JP'], isComplete: true });
  });

  it('are looked for in older entries, too, and no further than needed', async () => {
    const asked: string[] = [];
    const entries = Array.from({ length: 700 }, (_, at) => (at === 300 ? JAPAN : `${at}`));
    const found = await findNodeCountries(await termsOf(JAPAN), logOf(entries, asked), NOW);
    expect(found.countries).toEqual(['DE', 'JP']);
    expect(asked).toEqual(['checkpoint', 'tile/entries/002.p/188', 'tile/entries/001']);
  });

  it('are none that the set does not name, whatever the log holds', async () => {
    const found = await findNodeCountries(await termsOf(JAPAN), logOf([CHILE]), NOW);
    expect(found).toEqual({ countries: ['DE'], isComplete: false });
  });

  it.each([
    ['has no media', cert('roles media relay signal', 'roles signal')],
    ['has ended', cert('not-after 2026-12-07', 'not-after 2026-11-25')],
    ['cannot be read', cert('region DE', 'region D')],
  ])('are not those of a node that %s', async (_, other) => {
    const found = await findNodeCountries(await termsOf(other), logOf([other]), NOW);
    expect(found).toEqual({ countries: ['DE'], isComplete: true });
  });

  it.each([
    ['without a log', () => Promise.resolve(undefined)],
    ['with a head that is none', () => Promise.resolve(utf8('x'))],
    [
      'without its entries',
      (path: string) => logOf([JAPAN])(path === 'checkpoint' ? path : 'elsewhere'),
    ],
  ])('are not all known %s', async (_, read) => {
    const found = await findNodeCountries(await termsOf(JAPAN), read, NOW);
    expect(found).toEqual({ countries: ['DE'], isComplete: false });
  });
});
