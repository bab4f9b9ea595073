// What this device has measured: where the machine is not. Never where it is.

import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';

import type { Distance } from '../../call/model';
import { countryList } from '../countries';
import { locale, t } from '../i18n';
import { usePort } from '../port';

const LOOK_EVERY_MS = 2000;

/** Undefined: it is being worked out; null: nothing has been measured. */
function useDistance(): Distance | null | undefined {
  const port = usePort();
  const [distance, setDistance] = useState<Distance | null>();
  useEffect(() => {
    let isThere = true;
    const look = (): void => {
      void port.distance().then((found) => {
        if (isThere) setDistance(found);
      });
    };
    look();
    const timer = setInterval(look, LOOK_EVERY_MS);
    return () => {
      isThere = false;
      clearInterval(timer);
    };
  }, [port]);
  return distance;
}

export function MeasuredDistance(): JSX.Element {
  const distance = useDistance();
  return (
    <div class="distance" data-distance={distance ? 'measured' : 'none'}>
      <h4>{t('distance.title')}</h4>
      {distance ? <Words distance={distance} /> : <p class="hint">{t('distance.unmeasured')}</p>}
    </div>
  );
}

function Words({ distance }: { readonly distance: Distance }): JSX.Element {
  const { rttMs, boundKm, excluded, zone, radiusKm } = distance;
  const number = new Intl.NumberFormat(locale(), { maximumFractionDigits: 0 });
  const km = number.format(Math.ceil(boundKm / 10) * 10);
  return (
    <>
      <p>{t('distance.bound', { km, ms: number.format(Math.ceil(rttMs)) })}</p>
      {excluded.length === 0 ? (
        <p>{t('distance.none')}</p>
      ) : (
        <details data-distance="excluded">
          <summary>{t('distance.excluded', { count: excluded.length })}</summary>
          <p class="hint">{countryList(excluded)}</p>
        </details>
      )}
      <p class="hint">
        {radiusKm === null
          ? t('distance.no_place')
          : t('distance.place', { zone, km: number.format(radiusKm) })}
      </p>
      <p class="hint">{t('distance.limit')}</p>
    </>
  );
}
