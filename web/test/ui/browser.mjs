// Builds the gallery, serves it under the policy of the product, opens it in Debian's Chromium.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { URL, fileURLToPath } from 'node:url';

import { chromium } from 'playwright-core';
import { build, preview } from 'vite';

const web = fileURLToPath(new URL('../..', import.meta.url));
const page = join(web, 'test/ui/gallery.html');

const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "media-src 'self' blob:",
  "connect-src 'self'",
  "base-uri 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** @returns the address of the gallery, a browser, and the way to end both */
export async function openGallery() {
  const out = await mkdtemp(join(tmpdir(), 'gallery-'));
  const common = { root: web, configFile: false, logLevel: 'warn' };
  await build({
    ...common,
    publicDir: false,
    build: {
      outDir: out,
      emptyOutDir: true,
      target: 'es2022',
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      rolldownOptions: { input: page },
    },
  });
  const server = await preview({
    ...common,
    build: { outDir: out },
    preview: {
      port: 0,
      host: '127.0.0.1',
      headers: { 'Content-Security-Policy': POLICY },
    },
  });
  const { port } = server.httpServer.address();
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    headless: true,
    args: FLAGS,
  });
  return {
    address: `http://127.0.0.1:${port}/test/ui/gallery.html`,
    browser,
    async close() {
      await browser.close();
      await server.close();
      await rm(out, { recursive: true });
    },
  };
}

/** Everything the browser complains about on a page, policy violations among it. */
export function complaints(tab) {
  const list = [];
  tab.on('console', (message) => {
    if (message.type() === 'error') list.push(message.text());
  });
  tab.on('pageerror', (error) => list.push(String(error)));
  return list;
}
