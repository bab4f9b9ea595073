// A short screen: what happened, why, what to do next.

import type { ComponentChildren, JSX } from 'preact';

import { Door, type DoorProps } from './door';
import { Page, Title } from './page';

export interface MessageProps {
  readonly kind: string;
  readonly light: DoorProps['light'];
  readonly title: string;
  readonly why?: string;
  readonly next?: string;
  readonly code?: string;
  readonly actions?: ComponentChildren;
  /** what one may also do here */
  readonly after?: ComponentChildren;
  readonly children?: ComponentChildren;
}

export function Message(props: MessageProps): JSX.Element {
  return (
    <Page kind={props.kind}>
      <section class="message">
        <Door light={props.light} />
        <Title>{props.title}</Title>
        {props.why === undefined ? null : <p class="message-why">{props.why}</p>}
        {props.next === undefined ? null : <p class="message-next">{props.next}</p>}
        {props.children}
        {props.actions === undefined ? null : <div class="actions">{props.actions}</div>}
        {props.code === undefined ? null : <p class="message-code">{props.code}</p>}
        {props.after}
      </section>
    </Page>
  );
}
