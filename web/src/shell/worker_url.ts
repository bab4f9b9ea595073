// The page may run no script but those of its own origin, and under its policy (Trusted Types) not even
// start a worker from a mere text. This is the one place that vouches for an address: it knows only the
// files that the build made of our own workers.

import distanceWorker from '../worker/distance.worker.ts?worker&url';
import frameWorker from '../worker/frame.worker.ts?worker&url';
import mlsWorker from '../worker/mls.worker.ts?worker&url';

const FILES = { distance: distanceWorker, frame: frameWorker, mls: mlsWorker } as const;

/** What a page may call a policy of its own; TypeScript's browser types do not have it yet. */
interface TrustedTypes {
  createPolicy(
    name: string,
    rules: { createScriptURL: (url: string) => string },
  ): { createScriptURL: (url: string) => unknown };
}

const { trustedTypes } = globalThis as { trustedTypes?: TrustedTypes };
const policy = trustedTypes?.createPolicy('incamera', {
  createScriptURL: (url) => {
    if (!Object.values(FILES).includes(url)) throw new TypeError('no worker of ours');
    return url;
  },
});

export function startWorker(file: keyof typeof FILES): Worker {
  const url = FILES[file];
  return new Worker((policy?.createScriptURL(url) ?? url) as string, { type: 'module' });
}
