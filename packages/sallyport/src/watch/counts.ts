import { z } from "zod";

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

/** How many are too many, in each of three windows. Who stays below the short one is met by a longer one. */
export interface CountLimits {
  readonly perMinute: number;
  readonly perHour: number;
  readonly perDay: number;
}

/** A limit that was reached. */
export interface Reached {
  readonly count: number;
  /** How long it took, in ms. */
  readonly withinMs: number;
  /** The limit, after all factors. */
  readonly limit: number;
}

const countOption: z.ZodType<number, number> = z.int().min(1).max(1_000_000);

/** The keys of `countLimits`. */
export type CountShape = Record<keyof CountLimits, z.ZodDefault<z.ZodType<number, number>>>;

/** Limits as an option. @param what is counted, in the plural */
export function countLimits(what: string, defaults: CountLimits): z.ZodPrefault<z.ZodObject<CountShape>> {
  return z.object(countShape(what, defaults)).strict().prefault({});
}

/** The keys of `countLimits`, for an object with further ones. */
export function countShape(what: string, defaults: CountLimits): CountShape {
  const limit = (window: string, fallback: number): z.ZodDefault<z.ZodType<number, number>> =>
    countOption.default(fallback).describe(`So many ${what} within ${window} are told.`);
  return {
    perMinute: limit("a minute", defaults.perMinute),
    perHour: limit("an hour", defaults.perHour),
    perDay: limit("a day", defaults.perDay),
  };
}

/**
 * Counts what happens in a minute, an hour and a day. A window begins with the first that it counts, and the next one with the first
 * after its end: six numbers, constant time, and what it says is exact. Somebody who knows where a window begins can do twice as much
 * across its end; the longer window has its own limit.
 */
export class Counts {
  #minuteFrom = Number.NEGATIVE_INFINITY;
  #hourFrom = Number.NEGATIVE_INFINITY;
  #dayFrom = Number.NEGATIVE_INFINITY;
  #minute = 0;
  #hour = 0;
  #day = 0;

  /** Counts one, or a part of one. @returns whether a day began with it */
  add(now: number, weight = 1): boolean {
    const newDay = now - this.#dayFrom >= DAY_MS;
    if (newDay) {
      this.#dayFrom = now;
      this.#day = 0;
    }
    if (now - this.#hourFrom >= HOUR_MS) {
      this.#hourFrom = now;
      this.#hour = 0;
    }
    if (now - this.#minuteFrom >= MINUTE_MS) {
      this.#minuteFrom = now;
      this.#minute = 0;
    }
    this.#minute += weight;
    this.#hour += weight;
    this.#day += weight;
    return newDay;
  }

  /** How many today. */
  get today(): number {
    return this.#day;
  }

  /** Counts what was seen before this key was told apart from others.*/
  inherit(count: number, now: number): void {
    this.#dayFrom = now;
    this.#hourFrom = now;
    this.#day = count;
    this.#hour = count;
  }

  /** The first limit that is reached, whose window then begins anew, and `null` where none is. Asked right after `add`. */
  reached(limits: CountLimits, factor: number, now: number): Reached | null {
    const { perMinute, perHour, perDay } = limits;
    if (this.#minute >= perMinute * factor) {
      const found = reachedBy(this.#minute, now - this.#minuteFrom, perMinute * factor);
      this.#minute = 0;
      this.#minuteFrom = Number.NEGATIVE_INFINITY;
      return found;
    }
    if (this.#hour >= perHour * factor) {
      const found = reachedBy(this.#hour, now - this.#hourFrom, perHour * factor);
      this.#hour = 0;
      this.#hourFrom = Number.NEGATIVE_INFINITY;
      return found;
    }
    if (this.#day < perDay * factor) return null;
    const found = reachedBy(this.#day, now - this.#dayFrom, perDay * factor);
    this.#day = 0;
    this.#dayFrom = Number.NEGATIVE_INFINITY;
    return found;
  }
}

function reachedBy(counted: number, withinMs: number, limit: number): Reached {
  return { count: Math.floor(counted), withinMs, limit: Math.ceil(limit) };
}
