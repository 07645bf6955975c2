/**
 * Whether a request target may mean a path below one of the routes', in any spelling that an application might understand:
 * as written, decoded, with dot segments resolved, in another case. Where the gate shares a server with an application, what
 * might be guarded is guarded, and only what cannot be is the application's alone.
 *
 * @param target as in the request line
 * @param paths the routes' paths
 */
export function mayBeGuarded(target: string, paths: readonly string[]): boolean {
  const written = target.split(/[?#]/, 1)[0] ?? "";
  const resolved = URL.parse(target, "http://host")?.pathname ?? written;
  const spellings = [written, resolved, decode(written), decode(resolved)].map((path) =>
    path.toLowerCase().replace(/[/\\]+/g, "/"),
  );
  return paths.some((path) => spellings.some((spelling) => isBelow(spelling, path.toLowerCase())));
}

function isBelow(path: string, root: string): boolean {
  return root === "/" || path === root || path.startsWith(`${root}/`) || path.startsWith(`${root};`);
}

function decode(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
