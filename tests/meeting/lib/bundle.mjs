// The client's own modules for Node: bundled anew in each run, so that a test never meets an old one.

import { rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';

const web = createRequire(new URL('../../../web/package.json', import.meta.url));
/** Vite's own bundler, as it bundles the client. */
const require = createRequire(web.resolve('vite'));
const entry = fileURLToPath(new URL('modules.ts', import.meta.url));
const folder = new URL('../../../build/meeting/', import.meta.url);

/** @param change of a module's text on its way into the bundle, to see a test fail: (path, text) => text */
export async function bundle(name = 'modules', change = undefined) {
  const { rolldown } = await import(pathToFileURL(require.resolve('rolldown')).href);
  const plugins = change ? [{ name: 'change', transform: (text, path) => change(path, text) }] : [];
  const made = await rolldown({ input: entry, platform: 'node', logLevel: 'warn', plugins });
  const file = fileURLToPath(new URL(`${name}-${process.pid}.mjs`, folder));
  await made.write({ file, format: 'esm', codeSplitting: false });
  await made.close();
  try {
    return await import(pathToFileURL(file).href);
  } finally {
    rmSync(file);
  }
}
