// Builds the page of the identity tests and serves it on loopback under the headers of the product,
// with one issuer that its policy lets it ask.

import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const require = createRequire(new URL('../../../web/package.json', import.meta.url));
const root = fileURLToPath(new URL('../identity_page', import.meta.url));
const folder = fileURLToPath(new URL('../../../build/e2e/identity_page', import.meta.url));

const headersFor = (issuer) => ({
  'Content-Security-Policy':
    `default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self' ${issuer}; base-uri 'none'; ` +
    "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'",
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
});

/** { url, asked, close }. @param issuer gives the address of the issuer, which may start later than this server */
export async function serveIdentityPage(issuer) {
  const { build } = await import(pathToFileURL(require.resolve('vite')).href);
  await build({
    root,
    configFile: false,
    logLevel: 'error',
    build: { outDir: folder, emptyOutDir: true, target: 'es2022', modulePreload: { polyfill: false } },
  });
  /** Addresses that were asked for, as a server sees them. */
  const asked = [];
  const server = createServer((request, response) => {
    asked.push(request.url);
    const path = request.url.startsWith('/assets/') ? request.url : '/index.html';
    const type = path.endsWith('.js') ? 'text/javascript' : 'text/html; charset=utf-8';
    response.writeHead(200, { 'Content-Type': type, ...headersFor(issuer()) });
    response.end(readFileSync(join(folder, path)));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://localhost:${server.address().port}`,
    asked,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
