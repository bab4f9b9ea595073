// Where a node is: at the name in its certificate, in the way in which the page came (docs/protocol/signalling.md 4.4).

/** page: origin of the page, `https://meet.example.org:8443` */
export function originOfNode(node: string, page: string): string {
  const { protocol, port } = new URL(page);
  return new URL(`${protocol}//${node}${port && `:${port}`}`).origin;
}
