// What the server that we talk to proves of itself when a meeting is to be made there, and where its
// operator could carry it. Checked in verify/, which only the page of a new meeting needs.

import type { Failure, Places } from '../call/model';
import type { NodeRefusal } from '../call/node';
import type { NodeTerms } from '../verify/node_terms';
import { loadLogFile, loadPapers } from './api';

export interface NoTerms {
  readonly failure: Failure;
  /** why the node is not believed */
  readonly refusal?: NodeRefusal;
}

export interface Terms {
  readonly terms: NodeTerms;
  readonly places: Places;
}

export async function loadTerms(): Promise<Terms | NoTerms> {
  const papers = await loadPapers();
  if (typeof papers === 'string') return { failure: papers };
  if (!papers) return refused({ part: 'node_cert', reason: 'missing' });
  const [{ readTerms }, { findNodeCountries }] = await Promise.all([
    import('../verify/node_terms'),
    import('../verify/node_countries'),
  ]);
  const now = Date.now() / 1000;
  const terms = await readTerms(papers, now);
  if (terms.kind === 'refused') return refused(terms);
  const { countries, isComplete } = await findNodeCountries(terms, loadLogFile, now);
  return { terms, places: { home: terms.node.country, nodes: countries, isComplete } };
}

const refused = ({ part, reason }: NodeRefusal): NoTerms => ({
  failure: 'node-refused',
  refusal: { part, reason },
});
