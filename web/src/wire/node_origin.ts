// Where a node is: at the name in its certificate, in the way in which the page came (docs/protocol/signalling.md 4.4).

/** RFC 6454 6.2: scheme, host, and the port if it is not the usual one. */
const ORIGIN = /^(https?:\/\/)(?:\[[^\]]*\]|[^/:]+)(:[0-9]+)?$/;

/** page: origin of the page, `https://meet.example.org:8443` */
export function originOfNode(node: string, page: string): string {
  const parts = ORIGIN.exec(page);
  if (parts === null) throw new Error('not an origin');
  return `${parts[1] ?? ''}${node}${parts[2] ?? ''}`;
}
