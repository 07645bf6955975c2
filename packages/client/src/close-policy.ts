/** Codes after which the same connection may well succeed a moment later (RFC 6455 7.4, IANA's registry). */
// oxlint-disable-next-line unicorn/prefer-set-has -- six numbers, and bytes count here
const COMES_BACK: readonly number[] = [1001, 1005, 1006, 1011, 1012, 1013];

/** Statuses of a ticket request after which the same request may succeed later, besides those of 500 and more (RFC 9110 15). */
// oxlint-disable-next-line unicorn/prefer-set-has -- the same
const ASKS_AGAIN: readonly number[] = [408, 425, 429];

/** The incident that a close reason of the gate names, `sallyport:…`; `null`: the reason is not the gate's. */
export function incidentOf(reason: string): string | null {
  return /^sallyport:([\w-]{1,64})$/.exec(reason)?.[1] ?? null;
}

/**
 * Whether a client comes back after a Close. The gate's own ranges count only where the reason says that the gate closed:
 * 4400 to 4499 come back, 4500 to 4999 do not. Of everything else, an application's own codes included, 1001, 1005, 1006 and
 * 1011 to 1013 come back.
 */
export function closeComesBack(code: number, reason: string): boolean {
  const ours = code >= 4400 && incidentOf(reason) !== null;
  return ours ? code < 4500 : COMES_BACK.includes(code);
}

/** Whether a client asks again after a ticket was refused with this status. */
export function statusComesBack(status: number): boolean {
  return status >= 500 || ASKS_AGAIN.includes(status);
}
