// What this browser remembers: the person's name, for good; the session of this tab, until it ends.
// A browser may forbid storage; then nothing is remembered.

const NAME = 'incamera.name';
const SESSION = 'incamera.session.';

export function loadName(): string {
  return attempt(() => localStorage.getItem(NAME)) ?? '';
}

export function storeName(name: string): void {
  attempt(() => localStorage.setItem(NAME, name));
}

export function loadSession(meeting: string): string | null {
  return attempt(() => sessionStorage.getItem(SESSION + meeting)) ?? null;
}

export function storeSession(meeting: string, session: string | null): void {
  attempt(() => {
    if (session === null) sessionStorage.removeItem(SESSION + meeting);
    else sessionStorage.setItem(SESSION + meeting, session);
  });
}

function attempt<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch {
    return undefined;
  }
}
