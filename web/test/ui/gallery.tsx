// Every screen with a made-up state and no server: for the eye, for screenshots.mjs, never shipped.
// gallery.html lists the scenes; gallery.html?scene=call-4 shows one.

import { render } from 'preact';

import type { AppState, UserEvent } from '../../src/call/model';
import { mount } from '../../src/ui/app';
import { FakePort } from './fake_port';
import { SCENES } from './scenes';

declare global {
  interface Window {
    /** what the page sent, for the checks of behaviour */
    sent?: UserEvent[];
    attached?: string[];
    state?: () => AppState;
    /** puts other values into the state, for the checks of announcements */
    change?: (part: Partial<AppState>) => void;
  }
}

const root = document.querySelector<HTMLElement>('#app');
const wanted = new URLSearchParams(location.search).get('scene');
const scene = wanted === null ? undefined : SCENES[wanted];

if (root !== null && scene !== undefined) {
  const port = new FakePort(scene());
  window.sent = port.sent;
  window.attached = port.attached;
  window.state = () => port.state;
  window.change = (part) => port.change(part);
  mount(root, port, (listener) => port.subscribe(listener));
} else if (root !== null) {
  render(
    <ul>
      {Object.keys(SCENES).map((name) => (
        <li key={name}>
          <a href={`?scene=${name}`} data-scene={name}>
            {name}
          </a>
        </li>
      ))}
    </ul>,
    root,
  );
}
