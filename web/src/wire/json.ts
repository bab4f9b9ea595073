// Reading of one JSON message under the bounds of the protocol. JSON.parse knows the grammar; what
// it lets pass and the server does not is refused here: double keys, real numbers, NUL and half
// surrogates in strings, too many tokens and too much depth.

const MESSAGE_BYTES_MAX = 131_072;
const DEPTH_MAX = 16;
const TOKENS_MAX = 4096;

export type Json =
  null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\]:,]|[^\s"{}[\]:,]+/gu;
const HALF_SURROGATE = /\p{Surrogate}/u;

/** The value, or undefined when the text is not acceptable. */
export function readJson(text: string): Json | undefined {
  if (utf8Length(text) > MESSAGE_BYTES_MAX) return undefined;
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
  return isStrict(text) ? value : undefined;
}

/** Walks the tokens of a text that JSON.parse has already accepted. */
function isStrict(text: string): boolean {
  const keysOfOpenObjects: (Set<string> | null)[] = [];
  let lastString: string | null = null;
  let tokens = 0;
  for (const [token] of text.matchAll(TOKEN)) {
    if (++tokens > TOKENS_MAX) return false;
    if (token === '{' || token === '[') {
      keysOfOpenObjects.push(token === '{' ? new Set() : null);
      if (keysOfOpenObjects.length > DEPTH_MAX) return false;
    } else if (token === '}' || token === ']') {
      keysOfOpenObjects.pop();
    } else if (token.startsWith('"')) {
      lastString = JSON.parse(token) as string;
      if (lastString.includes('\0') || HALF_SURROGATE.test(lastString)) return false;
    } else if (token === ':') {
      const keys = keysOfOpenObjects.at(-1);
      if (lastString === null || !keys || keys.has(lastString)) return false;
      keys.add(lastString);
    } else if (/[.eE]/.test(token) && /^[-\d]/.test(token)) {
      return false;
    }
  }
  return true;
}

/** Bytes of a text in UTF-8, as which it travels. */
function utf8Length(text: string): number {
  let bytes = 0;
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  }
  return bytes;
}
