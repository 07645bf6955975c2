import { CLOSE_BRACE, CLOSE_BRACKET, COMMA, OPEN_BRACE, OPEN_BRACKET, QUOTE } from "./json-signs.ts";
import { endOfString, endOfValue, nameAt, skipSpace } from "./json-text.ts";

/**
 * What a JSON text means, as `JSON.parse` should say it; throws where it is none. V8 takes a name with an escape for another one that it has
 * read before, if the text of the one begins like the other (nodejs/node#63785, open in Node 24 and 26): who sent `{"\\":1}` would have
 * `{"\u0061":1}` read with another name here than where it is meant for. A text with such a name is read once more, name by name.
 */
export function parseJson(text: string): unknown {
  const value: unknown = JSON.parse(text);
  return hasEscapedName(text) ? readJson(text) : value;
}

/** Whether a name in it has an escape. Leaps from one string with an escape to the next. */
function hasEscapedName(text: string): boolean {
  for (let at = text.indexOf("\\"); at !== -1; at = text.indexOf("\\", at)) {
    // The escape itself may be one of a quote.
    at = endOfString(text, at + 1);
    if (text[skipSpace(text, at)] === ":") return true;
  }
  return false;
}

/** An object or array whose end was not seen yet, and the name of its next member. */
interface Open {
  readonly value: unknown[] | object;
  name: string;
  isNamed: boolean;
}

const opened = (value: unknown[] | object): Open => ({ value, name: "", isNamed: false });

/** @param text valid JSON */
function readJson(text: string): unknown {
  const root: unknown[] = [];
  const around: Open[] = [];
  let last = opened(root);
  for (let at = skipSpace(text, 0); at < text.length; at = skipSpace(text, at)) {
    const sign = text.charCodeAt(at);
    if (sign === COMMA) at++;
    else if (sign === CLOSE_BRACE || sign === CLOSE_BRACKET) {
      at++;
      // In valid JSON nothing ends that did not begin.
      // eslint-disable-next-line typescript/no-non-null-assertion
      last = around.pop()!;
    } else if (sign === QUOTE && !Array.isArray(last.value) && !last.isNamed) {
      const end = endOfString(text, at);
      last.name = nameAt(text, at, end);
      last.isNamed = true;
      at = skipSpace(text, end) + 1;
    } else if (sign === OPEN_BRACE || sign === OPEN_BRACKET) {
      at++;
      const inner = opened(sign === OPEN_BRACE ? {} : []);
      put(last, inner.value);
      around.push(last);
      last = inner;
    } else {
      const end = endOfValue(text, at);
      put(last, JSON.parse(text.slice(at, end)));
      at = end;
    }
  }
  return root[0];
}

function put(into: Open, value: unknown): void {
  // A member of the name `__proto__` is one like others.
  if (Array.isArray(into.value)) into.value.push(value);
  else
    Object.defineProperty(into.value, into.name, {
      value,
      writable: true,
      enumerable: true,
      configurable: true,
    });
  into.isNamed = false;
}
