import type { IssuedLife } from "./check-issued.ts";

/** A third of the life is left: with ninety days, thirty, which leaves an authority that is down time to come back. */
const LEFT_OF_LIFE = 1 / 3;
/** Gates that were started together do not renew together: up to a thirtieth of the life earlier, with ninety days three days. */
const JITTER_OF_LIFE = 1 / 30;

/** When a certificate is renewed, milliseconds since the epoch. @param chance from 0 to 1, the same for the same certificate */
export function renewalTime({ notBefore, notAfter }: IssuedLife, chance: number): number {
  const life = notAfter - notBefore;
  return notAfter - life * LEFT_OF_LIFE - life * JITTER_OF_LIFE * chance;
}

/** Two minutes: of the five failed validations that Let's Encrypt allows a name in an hour none is wasted. */
const FIRST_RETRY_MS = 120_000;
const LAST_RETRY_MS = 6 * 3_600_000;
const RETRY_JITTER = 0.25;

/** How long is waited after so many failures in a row, milliseconds: twice as long each time, up to six hours, and up to a quarter more. */
export function retryDelay(failures: number, chance: number): number {
  const ms = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(failures - 1, 20));
  return ms * (1 + RETRY_JITTER * chance);
}
