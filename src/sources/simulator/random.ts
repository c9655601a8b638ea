/** Mixes 32 bits so that every input bit reaches every output bit (lowbias32 by C. Wellons). */
export function mix32(value: number): number {
  let x = value;
  x = Math.imul(x ^ (x >>> 16), 0x21f0aaad);
  x = Math.imul(x ^ (x >>> 15), 0x735a2d97);
  return (x ^ (x >>> 15)) >>> 0;
}

const perUnsigned = 1 / 4_294_967_296;

/** The fraction in [0, 1) that 32 random bits stand for. */
export function fraction(bits: number): number {
  return (bits >>> 0) * perUnsigned;
}

const normalSteps = 4096;
/** Quantiles of the standard normal distribution at the middle of each of 4096 equal shares. */
const normalQuantiles = Float64Array.from({ length: normalSteps }, (_, step) =>
  normalQuantile((step + 0.5) / normalSteps),
);

/** Acklam's rational approximation of the normal quantile, |relative error| < 1.2e-9. */
function normalQuantile(p: number): number {
  if (p > 0.5) return -normalQuantile(1 - p);
  if (p < 0.02425) {
    const q = Math.sqrt(-2 * Math.log(p));
    const top =
      ((((-7.784894002430293e-3 * q - 0.3223964580411365) * q - 2.400758277161838) * q -
        2.549732539343734) *
        q +
        4.374664141464968) *
        q +
      2.938163982698783;
    const bottom =
      (((7.784695709041462e-3 * q + 0.3224671290700398) * q + 2.445134137142996) * q +
        3.754408661907416) *
        q +
      1;
    return top / bottom;
  }
  const q = p - 0.5;
  const r = q * q;
  const top =
    (((((-39.69683028665376 * r + 220.9460984245205) * r - 275.9285104469687) * r +
      138.357751867269) *
      r -
      30.66479806614716) *
      r +
      2.506628277459239) *
    q;
  const bottom =
    ((((-54.47609879822406 * r + 161.5858368580409) * r - 155.6989798598866) * r +
      66.80131188771972) *
      r -
      13.28068155288572) *
      r +
    1;
  return top / bottom;
}

/**
 * A seeded random stream (sfc32, 128 bits of state). Streams of the same seed but another
 * name are independent, so that one part's draws never change another part's.
 */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  constructor(seed: number, name: string) {
    let hash = mix32(seed ^ mix32(Math.floor(seed / 4_294_967_296)));
    for (let at = 0; at < name.length; at += 1) hash = mix32(hash ^ name.charCodeAt(at));
    this.#a = hash | 0;
    this.#b = mix32(hash + 0x9e3779b9) | 0;
    this.#c = mix32(hash + 0x3c6ef372) | 0;
    for (let round = 0; round < 12; round += 1) this.bits();
  }

  /** 32 random bits as a signed integer. */
  bits(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return sum;
  }

  /** A number in [0, 1). */
  fraction(): number {
    return (this.bits() >>> 0) * perUnsigned;
  }

  /** A whole number in [0, limit). */
  below(limit: number): number {
    return Math.floor((this.bits() >>> 0) * perUnsigned * limit);
  }

  chance(probability: number): boolean {
    return (this.bits() >>> 0) * perUnsigned < probability;
  }

  /** A draw from the normal distribution (in 4096 steps). */
  normal(): number {
    return normalQuantiles[this.bits() >>> 20]!;
  }

  /** A draw from the log-normal distribution with a median; `sigma` is the spread of its logarithm. */
  logNormal(median: number, sigma: number): number {
    return median * Math.exp(sigma * this.normal());
  }

  /** A draw from the exponential distribution with mean 1. */
  exponential(): number {
    return -Math.log(1 - this.fraction());
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)]!;
  }
}
