/** Seeded randomness, so that a failing run plays again exactly: sfc32, 128 bits of state. */

export type Random = {
  /** In [0, 1). */
  readonly next: () => number;
  /** A whole number from `least` to `most`, both included. */
  readonly between: (least: number, most: number) => number;
  /** True once in `1 / share` times. */
  readonly chance: (share: number) => boolean;
  /** One of the list, which must not be empty. */
  readonly pick: <Item>(items: readonly Item[]) => Item;
};

const WARM_UP = 12;

export function randomFrom(seed: number): Random {
  const next = sfc32(seed);
  const between = (least: number, most: number): number => least + Math.floor(next() * (most - least + 1));
  return {
    next,
    between,
    chance: (share) => next() < share,
    pick: (items) => {
      const item = items[between(0, items.length - 1)];
      if (item === undefined) throw new RangeError("nothing to pick from an empty list");
      return item;
    },
  };
}

function sfc32(seed: number): () => number {
  let [a, b, c, counter] = [seed | 0, Math.imul(seed, 0x9e3779b1), seed ^ 0x5bd1e995, 1];
  const next = (): number => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    return (sum >>> 0) / 4_294_967_296;
  };
  for (let round = 0; round < WARM_UP; round += 1) next();
  return next;
}
