// Chance that can be had again: xorshift32, from a seed that a failing test tells.

export interface Random {
  readonly below: (limit: number) => number;
  readonly pick: <T>(from: readonly T[]) => T;
  /** 1 to `max` different ones, fewer when there are fewer */
  readonly some: <T>(from: readonly T[], max: number) => T[];
}

/** A number from the environment, or one of this moment. */
export function readNumber(name: string): number {
  const given = Number(process.env[name]);
  return Number.isInteger(given) && given > 0 ? given : (Date.now() % 0x7fff_ffff) + 1;
}

export function seeded(seed: number): Random {
  let state = seed | 0 || 1;
  const below = (limit: number): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % limit;
  };
  const pick = <T>(from: readonly T[]): T => {
    const found = from[below(from.length)];
    if (found === undefined) throw new Error('nothing to pick from');
    return found;
  };
  const some = <T>(from: readonly T[], max: number): T[] => {
    const left = [...from];
    const chosen: T[] = [];
    const count = Math.min(left.length, below(max) + 1);
    while (chosen.length < count) chosen.push(...left.splice(below(left.length), 1));
    return chosen;
  };
  return { below, pick, some };
}
