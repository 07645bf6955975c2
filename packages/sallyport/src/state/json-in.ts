/** What a JSON text out of the engine says; `undefined` where it is none: anybody may have written it. */
export function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
