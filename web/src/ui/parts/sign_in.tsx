// Signing in at an issuer that the server names: the others then see a verified name.

import type { JSX } from 'preact';

import type { SignIn as SignInState } from '../../call/model';
import { Icon } from '../icons';
import { isolated, t } from '../i18n';
import { useSend } from '../port';
import { issuerName } from './standing';

export function SignIn({ signIn }: { readonly signIn: SignInState }): JSX.Element | null {
  const send = useSend();
  const { issuers, asking, done } = signIn;
  if (issuers.length === 0) return null;
  if (done !== null) {
    const issuer = issuers.find((each) => each.issuer === done.issuer);
    return (
      <div class="sign-in" role="status" data-sign-in="done">
        <p class="standing standing-verified">
          <Icon name="shield-check" />
          <span>
            {t('prejoin.signed_in', {
              name: isolated(done.name),
              issuer: isolated(issuer?.name ?? issuerName(done.issuer)),
            })}
          </span>
        </p>
        <button
          type="button"
          class="button button-small"
          data-control="sign-out"
          onClick={() => send({ type: 'sign-out' })}
        >
          {t('prejoin.sign_out')}
        </button>
      </div>
    );
  }
  return (
    <section class="sign-in" aria-label={t('prejoin.sign_in')}>
      <p class="sign-in-title">{t('prejoin.sign_in')}</p>
      {issuers.map(({ issuer, name }) => (
        <button
          key={issuer}
          type="button"
          class="button"
          data-control="sign-in"
          data-issuer={issuer}
          onClick={() => send({ type: 'sign-in', issuer })}
        >
          <Icon name="shield-check" />
          {t('prejoin.sign_in_with', { issuer: isolated(name) })}
        </button>
      ))}
      <p class="hint" aria-live="polite">
        {t(asking === null ? 'prejoin.sign_in_hint' : 'prejoin.signing_in')}
      </p>
    </section>
  );
}
