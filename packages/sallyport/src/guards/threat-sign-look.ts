import { signsInJson } from "./threat-signs.ts";
import { isOddSlash } from "./threat-slashes.ts";

const SLASH = 0x2f;

const expressions = new Map<number, RegExp>(
  signsInJson.map(({ sign, pattern }) => [sign.charCodeAt(0), new RegExp(pattern, "iy")]),
);
/** By the code of the sign: an index costs less than a look into a map. */
const expressionOf: readonly (RegExp | undefined)[] = Array.from({ length: 128 }, (_, code) =>
  expressions.get(code),
);

/** The expressions over a peer's text, for the test that proves them linear. */
export const signPatterns: readonly RegExp[] = [...expressions.values()];

/** A text of JSON with signs. */
export interface SignedText {
  readonly latin1: string;
  /** Of the text, one for each character of it. */
  readonly bytes: Uint8Array;
  /** Where signs stand at which what is beside them says that something may be: see `threat-sign-program.ts`. */
  readonly places: Uint16Array;
  readonly count: number;
}

/** Whether anything of an attack stands at one of the signs of a text of JSON. Looks at each of them, and a bounded number of characters about it. */
export function hasOddSign(text: SignedText): boolean {
  const { latin1, bytes, places, count } = text;
  let hasHome: boolean | null = null;
  for (let index = 0; index < count; index++) {
    const at = places[index] ?? 0;
    const sign = bytes[at] ?? 0;
    if (sign === SLASH) {
      hasHome ??= latin1.indexOf("~") !== -1;
      if (isOddSlash(text, at, hasHome)) return true;
      continue;
    }
    const expression = expressionOf[sign];
    if (expression === undefined) continue;
    expression.lastIndex = at;
    if (expression.test(latin1)) return true;
  }
  return false;
}
