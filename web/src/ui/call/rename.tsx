// Another display name. Who was verified keeps the verified one beside it.

import type { JSX } from 'preact';
import { useId, useState } from 'preact/hooks';

import { cleanName, isName, NAME_MAX } from '../../call/name';
import { t } from '../i18n';
import { useSend } from '../port';

export function Rename({ name: current }: { readonly name: string }): JSX.Element {
  const send = useSend();
  const id = useId();
  const [name, setName] = useState(current);
  const next = cleanName(name).trim();
  const isSame = !isName(next) || next === current;
  return (
    <form
      class="field"
      onSubmit={(event) => {
        event.preventDefault();
        if (!isSame) send({ type: 'rename', name });
      }}
    >
      <label for={id}>{t('rename.label')}</label>
      <div class="field-row">
        <input
          id={id}
          type="text"
          dir="auto"
          autocomplete="off"
          maxLength={NAME_MAX}
          value={name}
          onInput={(event) => setName(event.currentTarget.value)}
        />
        <button type="submit" class="button" disabled={isSame}>
          {t('rename.save')}
        </button>
      </div>
    </form>
  );
}
