// Which counters of one key have come: docs/protocol/encryption.md 9. A counter is taken once, and not
// when it lies 512 or more below the highest one.

const SIZE = 512n;
const WORD_BITS = 32;

export class FrameWindow {
  readonly #bits = new Uint32Array(Number(SIZE) / WORD_BITS);
  #highest = -1n;

  /** Whether this counter may still be taken. */
  isFresh(counter: bigint): boolean {
    if (counter > this.#highest) return true;
    if (counter <= this.#highest - SIZE) return false;
    const { word, bit } = placeOf(counter);
    return ((this.#bits[word] ?? 0) & bit) === 0;
  }

  /** Takes it, if it may be taken: only after its tag was found valid. */
  take(counter: bigint): boolean {
    if (!this.isFresh(counter)) return false;
    if (counter - this.#highest >= SIZE) this.#bits.fill(0);
    else for (let skipped = this.#highest + 1n; skipped < counter; skipped++) this.#clear(skipped);
    if (counter > this.#highest) this.#highest = counter;
    const { word, bit } = placeOf(counter);
    this.#bits[word] = (this.#bits[word] ?? 0) | bit;
    return true;
  }

  #clear(counter: bigint): void {
    const { word, bit } = placeOf(counter);
    this.#bits[word] = (this.#bits[word] ?? 0) & ~bit;
  }
}

function placeOf(counter: bigint): { word: number; bit: number } {
  const index = Number(counter % SIZE);
  return { word: Math.floor(index / WORD_BITS), bit: 1 << (index % WORD_BITS) };
}
