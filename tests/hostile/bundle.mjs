// The TypeScript of web/test/support as a module that node can load: the same operator that the unit tests use.

import { createRequire } from 'node:module';
import { dirname, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const require = createRequire(resolve(root, 'web/package.json'));

/** `entry` is below web/test/support. */
export async function bundled(entry) {
  const { rolldown } = await import(pathToFileURL(require.resolve('rolldown')));
  const bundle = await rolldown({ input: resolve(root, 'web/test/support', entry), platform: 'node' });
  const file = resolve(root, 'build/hostile', entry.replace(/\.ts$/, '.mjs'));
  await bundle.write({ file, format: 'esm' });
  await bundle.close();
  return import(pathToFileURL(file));
}
