/** FNV-1a over UTF-16 units: one 32 bit number of a text. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1)
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return hash >>> 0;
}

/**
 * Random numbers that a seed decides: the generator sfc32 (a counter and three words of state), and the distributions that the
 * simulation draws from. Not for secrets. The same seed gives the same numbers on the same version of V8, whose `Math.log` counts.
 */
export class Random {
  #a: number;
  #b: number;
  #c = 0x9e3779b9;
  #counter = 1;
  #spare: number | null = null;
  readonly #seed: string;

  constructor(seed: string) {
    this.#seed = seed;
    this.#a = hashOf(seed);
    this.#b = hashOf(`${seed}/`);
    for (let round = 0; round < 12; round += 1) this.next();
  }

  /** An independent one, which draws the same whatever is drawn from this one. */
  fork(name: string | number): Random {
    return new Random(`${this.#seed}/${name}`);
  }

  /** From 0, included, to 1, excluded. */
  next(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + sum;
    this.#c |= 0;
    return (sum >>> 0) / 4_294_967_296;
  }

  chance(share: number): boolean {
    return this.next() < share;
  }

  /** @param to excluded */
  between(from: number, to: number): number {
    return from + this.next() * (to - from);
  }

  /** A whole number below `below`. */
  whole(below: number): number {
    return Math.floor(this.next() * below);
  }

  pick<T>(of: readonly T[]): T {
    const found = of[this.whole(of.length)];
    if (found === undefined) throw new Error("nothing to pick from");
    return found;
  }

  exponential(mean: number): number {
    return -mean * Math.log(1 - this.next());
  }

  normal(): number {
    if (this.#spare !== null) {
      const spare = this.#spare;
      this.#spare = null;
      return spare;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - this.next()));
    const angle = 2 * Math.PI * this.next();
    this.#spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  }

  /** With this median; `sigma` of the logarithm. */
  logNormal(median: number, sigma: number): number {
    return median * Math.exp(sigma * this.normal());
  }

  /** How many of something that is expected `mean` times happened. */
  poisson(mean: number): number {
    if (mean <= 0) return 0;
    if (mean > 30) return Math.max(0, Math.round(mean + Math.sqrt(mean) * this.normal()));
    const floor = Math.exp(-mean);
    let count = 0;
    for (let product = this.next(); product > floor; product *= this.next()) count += 1;
    return count;
  }
}
