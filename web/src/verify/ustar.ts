// Writes archives of POSIX.1-1988 (ustar), of regular files alone: how evidence is carried
// (docs/protocol/receipts.md 5).

import { concat, type Bytes } from '../wire/bytes';
import { utf8 } from '../wire/utf8';

const BLOCK = 512;
const NAME_MAX = 100;
const CHECKSUM_AT = 148;
const CHECKSUM_BYTES = 8;

export interface ArchiveFile {
  /** 1 to 100 characters of printable ASCII */
  readonly name: string;
  readonly bytes: Uint8Array;
}

export function archive(files: readonly ArchiveFile[]): Bytes {
  const blocks = files.flatMap(({ name, bytes }) => [header(name, bytes.length), padded(bytes)]);
  return concat(...blocks, new Uint8Array(2 * BLOCK));
}

function header(name: string, length: number): Bytes {
  if (!/^[!-~]+$/.test(name) || name.length > NAME_MAX) throw new RangeError('a name of a file');
  const bytes = new Uint8Array(BLOCK);
  const write = (at: number, text: string): void => bytes.set(utf8(text), at);
  write(0, name);
  write(100, octal(0o644, 8));
  write(108, octal(0, 8)); // owner
  write(116, octal(0, 8)); // group
  write(124, octal(length, 12));
  write(136, octal(0, 12)); // time
  bytes.fill(0x20, CHECKSUM_AT, CHECKSUM_AT + CHECKSUM_BYTES); // the sum counts it as spaces
  write(156, '0'); // a regular file
  write(257, 'ustar\x0000');
  const sum = bytes.reduce((total, byte) => total + byte, 0);
  write(CHECKSUM_AT, octal(sum, CHECKSUM_BYTES));
  return bytes;
}

/** With a zero behind. */
function octal(number: number, width: number): string {
  return `${number.toString(8).padStart(width - 1, '0')}\0`;
}

function padded(bytes: Uint8Array): Bytes {
  const whole = new Uint8Array(Math.ceil(bytes.length / BLOCK) * BLOCK);
  whole.set(bytes);
  return whole;
}
