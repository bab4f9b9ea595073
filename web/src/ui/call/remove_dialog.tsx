import type { JSX } from 'preact';

import type { Person } from '../../call/model';
import { t } from '../i18n';
import { Dialog } from '../parts/dialog';
import { useSend } from '../port';
import { named } from '../texts';

export interface RemoveDialogProps {
  readonly person: Person;
  /** a ban needs the authority of a host */
  readonly canBan: boolean;
  readonly onClose: () => void;
}

export function RemoveDialog({ person, canBan, onClose }: RemoveDialogProps): JSX.Element {
  const send = useSend();
  const remove = (ban: boolean): void => {
    send({ type: 'remove', leaf: person.leaf, ban });
    onClose();
  };
  return (
    <Dialog title={t('remove.title', { name: named(person.name) })} onClose={onClose}>
      <p>{t('remove.text')}</p>
      {canBan ? <p>{t('remove.ban_text')}</p> : null}
      <div class="actions">
        <button
          type="button"
          class="button button-danger"
          data-control="remove-now"
          onClick={() => remove(false)}
        >
          {t('remove.remove')}
        </button>
        {canBan ? (
          <button
            type="button"
            class="button button-danger"
            data-control="ban-now"
            onClick={() => remove(true)}
          >
            {t('remove.ban')}
          </button>
        ) : null}
        <button type="button" class="button" onClick={onClose}>
          {t('app.cancel')}
        </button>
      </div>
    </Dialog>
  );
}
