// Where the deployment keeps which machine has which meeting: the operator's word, told as that.

import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';

import type { DirectoryNotice } from '../../call/model';
import { locale, t } from '../i18n';
import { usePort } from '../port';

export function Directory(): JSX.Element | null {
  const port = usePort();
  const [notice, setNotice] = useState<DirectoryNotice | null>(null);
  useEffect(() => {
    let isThere = true;
    void port.directory().then((found) => {
      if (isThere) setNotice(found);
    });
    return () => {
      isThere = false;
    };
  }, [port]);
  if (notice === null) return null;
  return (
    <div class="distance" data-directory={notice.cluster === null ? 'node' : 'nats'}>
      <h4>{t('directory.title')}</h4>
      <p>{words(notice)}</p>
      <p class="hint">{t('directory.limit')}</p>
    </div>
  );
}

function words({ cluster, tags }: DirectoryNotice): string {
  if (cluster === null) return t('directory.node');
  if (tags.length === 0) return t('directory.cluster', { cluster });
  const list = new Intl.ListFormat(locale(), { type: 'conjunction' }).format(tags);
  return t('directory.cluster_tags', { cluster, list });
}
