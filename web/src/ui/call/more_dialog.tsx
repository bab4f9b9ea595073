import type { JSX } from 'preact';

import type { AppState } from '../../call/model';
import { Icon } from '../icons';
import { t } from '../i18n';
import { Devices } from '../parts/devices';
import { Dialog } from '../parts/dialog';
import { LanguageSwitch } from '../parts/language';
import { Rename } from './rename';

export interface MoreDialogProps {
  readonly state: AppState;
  readonly onClose: () => void;
  readonly onHelp: () => void;
  readonly onProtection: () => void;
  /** null for who may not act for all */
  readonly onSafety: (() => void) | null;
}

export function MoreDialog(props: MoreDialogProps): JSX.Element {
  return (
    <Dialog title={t('more.title')} onClose={props.onClose}>
      <Devices devices={props.state.devices} />
      <Rename name={props.state.name} />
      <div class="more-rest">
        <button type="button" class="row-button" onClick={props.onHelp}>
          <Icon name="keyboard" />
          {t('more.shortcuts')}
        </button>
        <button type="button" class="row-button" onClick={props.onProtection}>
          <Icon name="shield" />
          {t('protect.title')}
        </button>
        {props.onSafety === null ? null : (
          <button type="button" class="row-button" data-control="safety" onClick={props.onSafety}>
            <Icon name="lock" />
            {t('safety.open')}
          </button>
        )}
        <LanguageSwitch />
      </div>
    </Dialog>
  );
}
