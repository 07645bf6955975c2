export const SECOND = 1000;
export const MINUTE: number = 60 * SECOND;
export const HOUR: number = 60 * MINUTE;
export const DAY: number = 24 * HOUR;

/** Where every simulation begins: midnight of a Monday. All people live by UTC. */
export const START: number = Date.UTC(2026, 2, 2);

/** Whole days since the start: 0 is a Monday. */
export function dayOf(now: number): number {
  return Math.floor((now - START) / DAY);
}

/** Hours since midnight, with their fraction. */
export function hourOf(now: number): number {
  return ((now - START) % DAY) / HOUR;
}

export function isWeekend(now: number): boolean {
  return dayOf(now) % 7 >= 5;
}

/** Midnight of that day, and hours later. */
export function momentOf(day: number, hour: number): number {
  return START + day * DAY + hour * HOUR;
}
