/**
 * The first member that lets two readers of the same JSON text see different values: a name that stands twice in
 * one object (RFC 8259 4), or `__proto__`. `null` when there is none. Escaped names are compared as what they mean.
 *
 * @param text valid JSON: call it after `JSON.parse` accepted the text
 */
export function findAmbiguousMember(text: string): string | null {
  const open: Set<string>[] = [];
  for (const [token, colon] of text.matchAll(/"(?:[^"\\]|\\.)*"(\s*:)?|[{}[\]]/g)) {
    if (token === "{" || token === "[") open.push(new Set());
    else if (token === "}" || token === "]") open.pop();
    else if (colon !== undefined) {
      const name = String(JSON.parse(token.slice(0, -colon.length)));
      const members = open.at(-1);
      if (name === "__proto__" || members?.has(name) === true) return name;
      members?.add(name);
    }
  }
  return null;
}
