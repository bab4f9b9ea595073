import { readFileSync } from 'node:fs';

import { describe, expect, it } from 'vitest';

import { t } from '../../src/ui/i18n';
import { CLAIM_WORDS, NODE_WORDS, nodeDetails } from '../../src/ui/node_texts';
import { REFUSED } from '../support/node_mutations';

/** docs/protocol/nodes.md 9: the words in the first column of the table. */
const norm = readFileSync(new URL('../../../docs/protocol/nodes.md', import.meta.url), 'utf8');
const [section = ''] = (norm.split('## 9. Reasons')[1] ?? '').split('\n## ');
const reasons = [...section.matchAll(/^\| ((?:`\w+`(?:, )?)+) \|/gmu)].flatMap(([, cell = '']) =>
  cell.replaceAll('`', '').split(', '),
);

describe('the words of a refusal', () => {
  it('are there for every reason of the protocol, and for no other', () => {
    expect(reasons.length).toBeGreaterThan(30);
    expect(Object.keys(NODE_WORDS).sort()).toEqual([...reasons].sort());
  });

  it.each(Object.entries(NODE_WORDS))('%s: what, why, next', (_, { what, why, next }) => {
    const said = [t(what), t(why), t(next)];
    expect(new Set(said).size).toBe(3);
    for (const text of said) expect(text).not.toMatch(/^node\.|\{\{/u);
    expect(t(next)).toMatch(/\.$/u);
  });

  it('name the part and the word for the operator', () => {
    for (const [, part, reason] of REFUSED) {
      expect(nodeDetails({ part, reason })).toMatch(
        new RegExp(`^Details: [a-z ]+, ${reason}$`, 'u'),
      );
    }
  });
});

it('a refusal of a second machine names it', () => {
  const refusal = { part: 'node_cert', reason: 'expired', carrier: 'us1.example.org' } as const;
  expect(nodeDetails(refusal)).toBe(
    'Details: certificate of the machine of us1.example.org, expired',
  );
});

describe('the words of a claim', () => {
  it('never say more than is known', () => {
    const words = Object.values(CLAIM_WORDS).map(({ word }) => t(word));
    expect(words).toEqual(['Enforced', 'Logged', 'Excluded', 'Unproven']);
    const all = Object.values(CLAIM_WORDS).map(({ text }) => t(text));
    for (const text of all) expect(text).not.toMatch(/stayed|verified location|guarantee/iu);
  });
});
