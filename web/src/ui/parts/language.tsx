import type { JSX } from 'preact';
import { useId } from 'preact/hooks';

import { Icon } from '../icons';
import { LOCALES, LOCALE_NAMES, chooseLanguage, locale, t } from '../i18n';

export function LanguageSwitch(): JSX.Element {
  const id = useId();
  return (
    <div class="language">
      <label for={id}>
        <Icon name="globe" />
        <span class="hidden">{t('app.language')}</span>
      </label>
      <select
        id={id}
        value={locale()}
        onChange={(event) => {
          const wanted = event.currentTarget.value;
          const chosen = LOCALES.find((known) => known === wanted);
          if (chosen !== undefined) chooseLanguage(chosen);
        }}
      >
        {LOCALES.map((name) => (
          <option key={name} value={name} lang={name}>
            {LOCALE_NAMES[name]}
          </option>
        ))}
      </select>
    </div>
  );
}
