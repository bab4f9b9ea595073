import type { JSX } from 'preact';
import { useId } from 'preact/hooks';

import { t, type Key } from '../i18n';
import { Dialog } from '../parts/dialog';

const LETTERS: readonly (readonly [string, Key])[] = [
  ['M', 'help.microphone'],
  ['V', 'help.camera'],
  ['H', 'help.hand'],
  ['C', 'help.chat'],
  ['P', 'help.people'],
  ['A', 'help.admit'],
  ['D', 'help.decline'],
  ['?', 'help.help'],
];
const OTHERS: readonly (readonly [string, Key])[] = [
  ['F2', 'help.toolbar'],
  ['Esc', 'help.escape'],
];

export interface HelpDialogProps {
  readonly letters: boolean;
  readonly onLetters: (on: boolean) => void;
  readonly onClose: () => void;
}

export function HelpDialog({ letters, onLetters, onClose }: HelpDialogProps): JSX.Element {
  const id = useId();
  const hint = useId();
  return (
    <Dialog title={t('help.title')} onClose={onClose}>
      <dl class={letters ? 'keys' : 'keys keys-off'}>
        {LETTERS.map(([key, words]) => (
          <Row key={key} name={key} words={words} isLetter />
        ))}
        {OTHERS.map(([key, words]) => (
          <Row key={key} name={key} words={words} isLetter={false} />
        ))}
      </dl>
      <div class="check">
        <input
          id={id}
          type="checkbox"
          checked={letters}
          aria-describedby={hint}
          onChange={(event) => onLetters(event.currentTarget.checked)}
        />
        <label for={id}>{t('help.letters')}</label>
        <p id={hint} class="hint">
          {t('help.letters_hint')}
        </p>
      </div>
    </Dialog>
  );
}

interface RowProps {
  readonly name: string;
  readonly words: Key;
  readonly isLetter: boolean;
}

function Row({ name, words, isLetter }: RowProps): JSX.Element {
  return (
    <div class={isLetter ? 'keys-row keys-letter' : 'keys-row'}>
      <dt>
        <kbd>{name}</kbd>
      </dt>
      <dd>{t(words)}</dd>
    </div>
  );
}
