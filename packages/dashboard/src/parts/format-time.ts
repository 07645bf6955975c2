const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const day = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });
const dayOfYear = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric" });

/** `14:03:22`, in the viewer's zone. @param at milliseconds since the epoch */
export function formatClock(at: number): string {
  return clock.format(at);
}

/** `14:03:22` for today, `28 Nov 14:03:22` for this year, and the year before that; in the viewer's zone. */
export function formatMoment(at: number, now: number): string {
  const [then, today] = [new Date(at), new Date(now)];
  if (then.toDateString() === today.toDateString()) return clock.format(at);
  const date = then.getFullYear() === today.getFullYear() ? day : dayOfYear;
  return `${date.format(at)} ${clock.format(at)}`;
}

/** `2026-11-30 14:03:22.120 UTC`. What is no moment stays a text. */
export function formatUtc(at: number): string {
  // The last moment that a `Date` can hold (ECMAScript 21.4.1.1).
  if (!(Math.abs(at) <= 8.64e15)) return "no moment";
  return `${new Date(at).toISOString().replace("T", " ").replace("Z", "")} UTC`;
}
