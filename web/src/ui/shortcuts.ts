// Which key does what. Pure: the hook reads the event, this decides.

export type Action =
  'microphone' | 'camera' | 'hand' | 'chat' | 'people' | 'help' | 'toolbar' | 'close';

export interface KeyPress {
  readonly key: string;
  /** the place of the key, for keyboards without Latin letters */
  readonly code: string;
  readonly hasModifier: boolean;
  readonly isRepeat: boolean;
  /** a field, a menu or an input method takes the letters */
  readonly isTyping: boolean;
  readonly hasDialog: boolean;
  /** single letters can be turned off (WCAG 2.1.4) */
  readonly lettersOn: boolean;
}

const LETTERS: Readonly<Record<string, Action>> = {
  m: 'microphone',
  v: 'camera',
  h: 'hand',
  c: 'chat',
  p: 'people',
  '?': 'help',
};

const CODES: Readonly<Record<string, string>> = {
  KeyM: 'm',
  KeyV: 'v',
  KeyH: 'h',
  KeyC: 'c',
  KeyP: 'p',
};

const isLatin = (key: string): boolean => key.charCodeAt(0) < 0x80;

export function actionOf(press: KeyPress): Action | null {
  if (press.isRepeat || press.hasModifier) return null;
  // A native dialog closes itself on Escape.
  if (press.key === 'Escape') return press.hasDialog ? null : 'close';
  if (press.key === 'F2') return press.hasDialog ? null : 'toolbar';
  if (!press.lettersOn || press.isTyping || press.key.length !== 1) return null;
  const letter = isLatin(press.key) ? press.key.toLowerCase() : CODES[press.code];
  const action = letter === undefined ? undefined : LETTERS[letter];
  if (action === undefined) return null;
  const isToggle = action === 'microphone' || action === 'camera';
  return press.hasDialog && !isToggle ? null : action;
}
