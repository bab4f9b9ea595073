// Random operations of up to 12 people, after each of which all must agree on the epoch: 100 in the
// normal run, 1,000 with IC_FULL=1.

import { expect, test } from 'vitest';
import { Circle, hosted, person } from './support/circle';
import { readNumber, seeded } from './support/seeded';

const OPERATIONS = process.env['IC_FULL'] === '1' ? 1000 : 100;
const MEMBERS_MAX = 12;

test(
  `${OPERATIONS} random operations end in agreement`,
  { timeout: OPERATIONS * 6000 },
  async () => {
    const seed = readNumber('IC_SEED');
    const random = seeded(seed);
    const circle = await Circle.begin();
    const seen = new Set<string>();
    let joins = 0;
    let removals = 0;
    for (let step = 0; step < OPERATIONS; step++) {
      const leaves = [...circle.members.keys()];
      const by = random.pick(leaves);
      const others = leaves.filter((leaf) => leaf !== by);
      const wish = random.below(10);
      const room = MEMBERS_MAX - leaves.length;
      const removes = wish >= 4 && wish <= 7 ? random.some(others, wish === 7 ? 4 : 1) : [];
      const count = wish <= 3 || wish === 6 || wish === 7 ? random.below(4) + 1 : 0;
      const adds = [];
      for (let at = 0; at < Math.min(count, room + removes.length); at++) adds.push(await person());
      try {
        await circle.play(by, { removes, adds, data: hosted() });
        seen.add(await circle.agreement());
      } catch (error) {
        throw new Error(`seed ${seed}, step ${step}: ${String(error)}`, { cause: error });
      }
      joins += adds.length;
      removals += removes.length;
    }
    process.stdout.write(`seed ${seed}: ${joins} joins, ${removals} removals\n`);
    expect(seen.size, 'every operation leads to another epoch').toBe(OPERATIONS);
    expect(joins).toBeGreaterThan(OPERATIONS / 4);
    expect(removals).toBeGreaterThan(OPERATIONS / 8);
  },
);
