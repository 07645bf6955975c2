/**
 * Whether a request target may mean a path below one of the routes', in any spelling that an application might understand:
 * as written, decoded, with dot segments resolved before or after that, in another case, behind any authority. Where the gate
 * shares a server with an application, what might be guarded is guarded, and only what cannot be is the application's alone.
 *
 * @param target as in the request line
 * @param paths the routes' paths
 */
export function mayBeGuarded(target: string, paths: readonly string[]): boolean {
  const written = target.split(/[?#]/, 1)[0] ?? "";
  // What follows the authority, by whoever's rules: `url.parse` takes some that the URL Standard refuses.
  const path = written.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/\\]*/i, "");
  const found = [path, URL.parse(target, "http://host")?.pathname ?? ""].flatMap(spellingsOf);
  return paths.flatMap(spellingsOf).some((root) => found.some((spelling) => isBelow(spelling, root)));
}

/** A path as readers may understand it: as it is and decoded, and both with their dot segments resolved. */
function spellingsOf(path: string): string[] {
  const plain = [path, decode(path)].map(simplify);
  const resolved = plain.map((text) => URL.parse(`http://host/${text}`)?.pathname ?? "");
  return [...plain, ...resolved.map(simplify)];
}

/** In lower case, every slash alone and turned the same way, without space and control characters, which some readers trim. */
function simplify(path: string): string {
  // eslint-disable-next-line no-control-regex
  const visible = path.replace(/[\0-\x20\x7f-\xa0\ufeff]/g, "");
  return visible.replace(/[/\\]+/g, "/").toLowerCase();
}

function isBelow(path: string, root: string): boolean {
  return root === "/" || path === root || (path.startsWith(root) && "/;?#".includes(path[root.length] ?? ""));
}

/** Byte by byte: where one escape is broken the others still count. */
function decode(path: string): string {
  return path.replace(/%([0-9a-f]{2})/gi, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 16)),
  );
}
