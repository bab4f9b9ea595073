// Why a device is not to be had, from what the browser throws.

import type { DeviceProblem } from './model';

export function problemOf(name: string, message: string): DeviceProblem {
  switch (name) {
    case 'NotAllowedError':
    case 'SecurityError':
      return /system/i.test(message) ? 'blocked-by-system' : 'blocked';
    case 'NotReadableError':
      return 'in-use';
    case 'NotFoundError':
    case 'OverconstrainedError':
      return 'missing';
    default:
      // Firefox: "AbortError: Starting videoinput failed" for a camera that another program holds
      return /starting .*input failed/i.test(message) ? 'in-use' : 'failed';
  }
}
