import type { JSX } from 'preact';

import type { Person } from '../../call/model';
import { isolated, t } from '../i18n';

/** A name stands alone in its own direction of writing, whatever it is made of. */
export function PersonName({ person }: { readonly person: Person }): JSX.Element {
  const name = person.name === '' ? t('tile.nameless') : person.name;
  return (
    <span class="person-name" title={name}>
      {person.isSelf ? t('tile.you', { name: isolated(name) }) : <bdi>{name}</bdi>}
    </span>
  );
}
