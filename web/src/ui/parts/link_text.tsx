// A meeting's link, to read and to select, with its secret part marked.

import type { JSX } from 'preact';

export function LinkText({ link }: { readonly link: string }): JSX.Element {
  const at = link.indexOf('#');
  const open = at < 0 ? link : link.slice(0, at);
  const secret = at < 0 ? '' : link.slice(at);
  return (
    <p class="link-text" dir="ltr" translate={false} data-link="">
      {open}
      <mark>{secret}</mark>
    </p>
  );
}
