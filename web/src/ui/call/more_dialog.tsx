import type { JSX } from 'preact';

import type { DeviceState } from '../../call/model';
import { Icon } from '../icons';
import { t } from '../i18n';
import { Devices } from '../parts/devices';
import { Dialog } from '../parts/dialog';
import { LanguageSwitch } from '../parts/language';

export interface MoreDialogProps {
  readonly devices: DeviceState;
  readonly onClose: () => void;
  readonly onHelp: () => void;
  readonly onProtection: () => void;
}

export function MoreDialog(props: MoreDialogProps): JSX.Element {
  return (
    <Dialog title={t('more.title')} onClose={props.onClose}>
      <Devices devices={props.devices} />
      <div class="more-rest">
        <button type="button" class="row-button" onClick={props.onHelp}>
          <Icon name="keyboard" />
          {t('more.shortcuts')}
        </button>
        <button type="button" class="row-button" onClick={props.onProtection}>
          <Icon name="shield" />
          {t('more.protection')}
        </button>
        <LanguageSwitch />
      </div>
    </Dialog>
  );
}
