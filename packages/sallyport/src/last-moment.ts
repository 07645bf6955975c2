/** The last moment that a `Date` can hold, milliseconds since 1970; the first is as long before (ECMA-262 21.4.1.1). */
export const LAST_MOMENT = 8.64e15;
