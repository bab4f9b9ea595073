// The code of a meeting (docs/protocol/encryption.md 8): 16 bytes as people compare them.

export const CODE_BYTES = 16;
export const CODE_DIGITS = 30;
export const CODE_EMOJI = 12;

/** 30 digits, without spaces. */
export function codeDigits(code: Uint8Array): string {
  let number = 0n;
  for (const byte of code) number = (number << 8n) | BigInt(byte);
  return (number % 10n ** BigInt(CODE_DIGITS)).toString().padStart(CODE_DIGITS, '0');
}

/** In groups of 5, as they are shown and read out. */
export function codeGroups(digits: string): readonly string[] {
  return digits.match(/.{1,5}/g) ?? [];
}

/** Indices into the list of 256 emoji. */
export function codeEmoji(code: Uint8Array): readonly number[] {
  return Array.from(code.subarray(0, CODE_EMOJI));
}
