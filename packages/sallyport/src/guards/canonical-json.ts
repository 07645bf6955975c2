/**
 * A text that two JSON values share exactly when JSON Schema calls them equal: the order of members does not matter, `1` is `1.0`
 * (2020-12 core 4.2.2). No method of the value is called, since a peer's object may have members named `valueOf` or `toString`.
 * `null`: it is nested deeper than `maxDepth`. Takes time in proportion to the value, but for the sorting of members.
 */
export function canonicalJson(value: unknown, maxDepth: number): string | null {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (maxDepth === 0) return null;
  return Array.isArray(value) ? canonicalList(value, maxDepth - 1) : canonicalObject(value, maxDepth - 1);
}

function canonicalList(list: readonly unknown[], maxDepth: number): string | null {
  let all = "[";
  for (const entry of list) {
    const text = canonicalJson(entry, maxDepth);
    if (text === null) return null;
    all += `${text},`;
  }
  return `${all}]`;
}

function canonicalObject(value: object, maxDepth: number): string | null {
  let all = "{";
  for (const name of Object.keys(value).sort()) {
    const text = canonicalJson(Reflect.get(value, name), maxDepth);
    if (text === null) return null;
    all += `${JSON.stringify(name)}:${text},`;
  }
  return `${all}}`;
}

/** Whether a JSON value is nested deeper than so many lists and objects inside each other. Looks no deeper than that. */
export function isDeeperThan(value: unknown, depth: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (depth === 0) return true;
  if (Array.isArray(value)) return value.some((entry) => isDeeperThan(entry, depth - 1));
  for (const name of Object.keys(value)) if (isDeeperThan(Reflect.get(value, name), depth - 1)) return true;
  return false;
}
