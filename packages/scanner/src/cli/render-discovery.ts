import { discoveryLines } from "../formats/discovery-lines.ts";
import type { Scope } from "./find-scope.ts";

/** What `--discover-only` prints: the endpoints that would be scanned and all that was found, as text or as JSON. */
export function renderDiscovery({ scanned, extras }: Scope, format: string): string {
  const endpoints = scanned.map(({ target }) => `${target.url.origin}${target.path}`);
  if (format === "json") return `${JSON.stringify({ scanned: endpoints, ...extras }, null, 2)}\n`;
  return `${["Would be scanned:", ...endpoints.map((url) => `  ${url}`), "", ...discoveryLines(extras)].join("\n")}\n`;
}
