// Where a deployment keeps which node has which meeting: the answer of `GET /api/v1/nodes/directory`
// (docs/protocol/http.md 8). The operator's word, for people; nothing is decided by it.

const TEXT_MAX = 63;
const TAGS_MAX = 8;
/** Words of an operator that stand in our page: nothing that could pass for words of ours. */
const TEXT = /^[\w.:-]+$/;

export interface DirectoryNotice {
  /** null: on the node itself, alone */
  readonly cluster: string | null;
  readonly tags: readonly string[];
}

/** Null when it is anything else. */
export function readDirectoryNotice(body: unknown): DirectoryNotice | null {
  if (typeof body !== 'object' || body === null) return null;
  const { kept, cluster, tags, ...more } = body as Readonly<Record<string, unknown>>;
  if (Object.keys(more).length > 0) return null;
  if (kept === 'node') {
    return cluster === undefined && tags === undefined ? { cluster: null, tags: [] } : null;
  }
  if (kept !== 'nats' || !isText(cluster) || !Array.isArray(tags)) return null;
  return tags.length <= TAGS_MAX && tags.every(isText) ? { cluster, tags } : null;
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.length <= TEXT_MAX && TEXT.test(value);
}
