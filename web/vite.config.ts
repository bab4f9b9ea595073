import { availableParallelism } from 'node:os';

import { defineConfig } from 'vitest/config';

/** Where `npm run dev` finds a running server (`make run`). */
const SERVER = 'http://localhost:8080';

export default defineConfig(({ mode }) => ({
  // --mode audit: web/src/worker/audit.ts
  define: { __AUDIT__: String(mode === 'audit') },
  build: {
    outDir: mode === 'audit' ? 'dist-audit' : 'dist',
    assetsDir: 'assets',
    target: 'es2022',
    // The page's Content-Security-Policy allows files of its own origin only: nothing is put into
    // the page itself, not even a small picture as data.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: {
    proxy: {
      '/api': { target: SERVER, headers: { origin: SERVER } },
      '/signal': { target: SERVER, ws: true, headers: { origin: SERVER } },
    },
  },
  // By itself it leaves one core of two to nobody.
  test: { include: ['test/**/*.test.{ts,tsx}'], maxWorkers: availableParallelism() },
}));
