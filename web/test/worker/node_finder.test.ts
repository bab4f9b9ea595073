import { describe, expect, it } from 'vitest';
import type { NodePapers } from '../../src/wire/node_papers';
import type { OtherNodesTold } from '../../src/wire/node_view';
import { fromUtf8 } from '../../src/wire/utf8';
import { NOTHING_SEEN } from '../../src/verify/node_chain';
import { NodeFinder } from '../../src/worker/node_finder';
import { counted } from '../support/bytes';
import { logFiles } from '../support/log_files';
import { ALICE, BORIS, carryOut, CERT, NOW, signedNote, signer } from '../support/operator';

const NAME = 'de1.meet.example.org';
const OTHER = signedNote(
  CERT.replace('node eu-fra-1.meet', 'node de1.meet').replace(
    /receipt-key .*/,
    `receipt-key ${signer(`${NAME}/receipt`, 11).vkey}`,
  ),
  [ALICE, BORIS],
);

/** A finder over a log that is there or not. */
class Search {
  readonly told: OtherNodesTold[] = [];
  isLogThere = true;
  now = NOW * 1000;
  readonly finder: NodeFinder;

  constructor() {
    const { evidence, policy } = carryOut({ setOf: (own) => [own, OTHER] });
    const own = fromUtf8((evidence as NodePapers).nodeCert) ?? '';
    const files = logFiles(['one', own, OTHER]);
    this.finder = new NodeFinder({
      now: () => this.now,
      readLog: (path) => (this.isLogThere ? files(path) : Promise.resolve(undefined)),
      tell: (told) => this.told.push(told),
    });
    this.finder.use({ ...policy, meeting: counted(16, 0) });
  }

  async look(inSet: readonly string[] = [OTHER]): Promise<OtherNodesTold | undefined> {
    const { evidence } = carryOut({ setOf: (own) => [own, ...inSet] });
    const before = this.told.length;
    this.finder.look(evidence as NodePapers, NOTHING_SEEN);
    for (let turn = 0; turn < 500 && this.told.length === before; turn++) {
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    return this.told.at(-1);
  }
}

describe('the nodes that are kept in mind', () => {
  it('are told, and held', async () => {
    const search = new Search();
    expect(search.finder.holds(NAME)).toBe(false);
    expect(await search.look()).toEqual({ type: 'other-nodes', nodes: [NAME], isAlone: false });
    expect(search.finder.holds(NAME)).toBe(true);
    expect(search.finder.holds('us1.meet.example.org')).toBe(false);
  });

  it('stay when the log cannot be read, as long as the set has them', async () => {
    const search = new Search();
    await search.look();
    search.isLogThere = false;
    expect((await search.look())?.nodes).toEqual([NAME]);
    expect((await search.look(['another']))?.nodes).toEqual([]);
    expect(search.finder.holds(NAME)).toBe(false);
  });

  it('are held no longer than their certificates', async () => {
    const search = new Search();
    await search.look();
    search.now += 13 * 86_400_000;
    expect(search.finder.holds(NAME)).toBe(false);
  });

  it('are none of an operator that has but this one', async () => {
    const search = new Search();
    expect(await search.look([])).toEqual({ type: 'other-nodes', nodes: [], isAlone: true });
  });
});
