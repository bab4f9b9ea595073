// The screen stays awake in a call. The browser lets go of the lock whenever the page is hidden.

export class WakeLock {
  #lock: WakeLockSentinel | null = null;
  #isWanted = false;

  constructor() {
    document.addEventListener('visibilitychange', () => void this.#settle());
  }

  hold(on: boolean): void {
    this.#isWanted = on;
    void this.#settle();
  }

  async #settle(): Promise<void> {
    if (!this.#isWanted) {
      await this.#lock?.release();
      this.#lock = null;
    } else if (
      'wakeLock' in navigator &&
      document.visibilityState === 'visible' &&
      (this.#lock?.released ?? true)
    ) {
      // Refused on an empty battery, say: the call goes on without it.
      this.#lock = await navigator.wakeLock.request('screen').catch(() => null);
    }
  }
}
