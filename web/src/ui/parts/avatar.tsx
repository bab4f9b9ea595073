import type { JSX } from 'preact';

import { colourOf, initials } from '../people';

/** Letters in an arch; the colour comes from the id and is the same for everybody. */
export function Avatar({ id, name }: { readonly id: string; readonly name: string }): JSX.Element {
  return (
    <span class={`avatar person-${colourOf(id)}`} aria-hidden="true">
      <span>{initials(name)}</span>
    </span>
  );
}
