// Signs of JSON (RFC 8259 2), as codes of ASCII.

/** `"`. */
export const QUOTE: number = 0x22;
/** `,`. */
export const COMMA: number = 0x2c;
/** `[`. */
export const OPEN_BRACKET: number = 0x5b;
/** The first sign of an escape. */
export const BACKSLASH: number = 0x5c;
/** `]`. */
export const CLOSE_BRACKET: number = 0x5d;
/** `{`. */
export const OPEN_BRACE: number = 0x7b;
/** `}`. */
export const CLOSE_BRACE: number = 0x7d;
