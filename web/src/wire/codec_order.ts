// A browser sends with the codec that stands first in the answer, where it does not let the page choose
// in another way. The answer is our own (answer.ts), so its order is ours too.

/** Moves a codec to the front, with its retransmission, where the browser sends pictures. */
export function preferCodec(answer: string, codec: string): string {
  return answer
    .split(/(?=^m=)/m)
    .map((section) => (isForSending(section) ? reorder(section, codec) : section))
    .join('');
}

/** The answer has the other side's view: what it receives is what we send. */
function isForSending(section: string): boolean {
  return section.startsWith('m=video ') && section.includes('\r\na=recvonly\r\n');
}

function reorder(section: string, codec: string): string {
  const [, head = '', list = ''] = /^(m=video \d+ \S+) ([\d ]+)/.exec(section) ?? [];
  const media = new RegExp(`\r\na=rtpmap:(\\d+) ${codec}/90000\r\n`, 'i').exec(section)?.[1];
  if (media === undefined) return section;
  const repeated = new RegExp(`\r\na=fmtp:(\\d+) apt=${media}\r\n`).exec(section)?.[1];
  const first = repeated === undefined ? [media] : [media, repeated];
  const rest = list.split(' ').filter((type) => !first.includes(type));
  return `${head} ${[...first, ...rest].join(' ')}${section.slice(head.length + 1 + list.length)}`;
}
