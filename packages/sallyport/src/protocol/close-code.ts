/** Close codes that RFC 6455 7.4.1 and the IANA registry give a meaning and allow in a frame. */
export const closeCode: Readonly<
  Record<"normal" | "goingAway" | "policy" | "tooBig" | "internal" | "none" | "abnormal", number>
> = {
  normal: 1000,
  goingAway: 1001,
  policy: 1008,
  tooBig: 1009,
  internal: 1011,
  /** Never sent: a Close frame without a code (RFC 6455 7.1.5). */
  none: 1005,
  /** Never sent: the connection ended without a Close frame (RFC 6455 7.1.5). */
  abnormal: 1006,
};

/**
 * Whether a code may stand in a Close frame (RFC 6455 7.4.1, 7.4.2): the registered ones, 3000-3999 of libraries and
 * 4000-4999 of applications. 1004, 1005, 1006 and 1015 must not be sent.
 */
export function maySendCloseCode(code: number): boolean {
  if (code < 1000 || code > 4999) return false;
  if (code >= 3000) return true;
  return code <= 1014 && code !== 1004 && code !== 1005 && code !== 1006;
}
