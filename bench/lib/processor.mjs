// What a process has used of the processor and of memory (/proc).

import { readFileSync, readdirSync } from 'node:fs';

/** ms that all threads of a process have run, to the nanosecond. */
export function runMs(pid) {
  const ns = readdirSync(`/proc/${pid}/task`).map((id) => Number(readFileSync(`/proc/${pid}/task/${id}/schedstat`, 'utf8').split(' ')[0]));
  return ns.reduce((sum, each) => sum + each, 0) / 1e6;
}

export const residentKib = (pid) => Number(/^VmRSS:\s*(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]);
