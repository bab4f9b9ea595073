// The client: the page is read, the shell runs the call, the user interface shows it.

import { isOidcPage, runOidcPage } from './shell/oidc_page';
import { readPage } from './shell/page';
import { Runtime } from './shell/runtime';
import { standStill } from './shell/unsupported';
import { mount } from './ui/app';

const root = document.getElementById('app');
if (!root) throw new Error('index.html holds no #app');

if (isOidcPage(location.pathname)) {
  runOidcPage(root);
} else {
  const boot = await readPage();
  if (boot.isSupported) {
    const runtime = new Runtime(boot);
    mount(root, runtime.port(), (listener) => runtime.subscribe(listener));
  } else {
    const { port, subscribe } = standStill(boot);
    mount(root, port, subscribe);
  }
}
