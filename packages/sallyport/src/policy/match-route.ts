import type { Policy, Route } from "./policy.ts";

/**
 * The route that serves a path on a host, or `null`. An exact host wins over a wildcard, a wildcard over any host;
 * among those the longest path wins. A path matches by whole segments: `/chat` serves `/chat` and `/chat/x`, not
 * `/chatter`; `/` serves everything. `host` is in lower case, without port; `path` is normalised.
 *
 * Paths are compared with case. One that a longer route would serve in another case is served by none: many applications
 * read paths without case, and `/Admin` must not reach `/admin` by way of a route for `/` that asks for less.
 */
export function matchRoute(policy: Pick<Policy, "routes">, host: string, path: string): Route | null {
  let best: Route | null = null;
  let bestRank = 0;
  const folded = path.toLowerCase();
  for (const route of policy.routes) {
    const hostRank = rankHost(route.hosts, host);
    if (hostRank === 0 || !servesPath(route.path.toLowerCase(), folded)) continue;
    const length = best?.path.length ?? 0;
    const better =
      hostRank > bestRank ||
      (hostRank === bestRank &&
        (route.path.length > length || (route.path.length === length && servesPath(route.path, path))));
    if (!better) continue;
    best = route;
    bestRank = hostRank;
  }
  return best !== null && servesPath(best.path, path) ? best : null;
}

// 3: exact, 2: wildcard, 1: any host, 0: not this one.
function rankHost(hosts: readonly string[], host: string): number {
  if (hosts.length === 0) return 1;
  if (hosts.includes(host)) return 3;
  return hosts.some((name) => matchesWildcard(name, host)) ? 2 : 0;
}

// `*.example.com` stands for exactly one label more (RFC 6125 6.4.3).
function matchesWildcard(name: string, host: string): boolean {
  const dot = host.indexOf(".");
  return name.startsWith("*.") && dot > 0 && host.slice(dot) === name.slice(1);
}

function servesPath(served: string, path: string): boolean {
  if (served === "/" || served === path) return true;
  return path.startsWith(served) && path[served.length] === "/";
}
