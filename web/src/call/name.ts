// The name that a person shows to the others.

const NAME_MAX = 64;
const NEVER_SHOWN = /[\p{Cc}\p{Surrogate}\p{Bidi_Control}]/gu;

/** While it is being typed: what the server would refuse is left out, spaces stay. */
export function cleanName(typed: string): string {
  return Array.from(typed.replace(NEVER_SHOWN, '')).slice(0, NAME_MAX).join('');
}
