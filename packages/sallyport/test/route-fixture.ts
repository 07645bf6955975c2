import type { Route } from "../src/policy/policy.ts";
import { routeId } from "../src/policy/route-id.ts";

/** A route for tests that connect to no upstream: `/` on any host, for anybody, without guards, unless `parts` says otherwise. */
export function routeFixture(parts: Partial<Route> = {}): Route {
  const { hosts = [], path = "/" } = parts;
  return {
    id: routeId({ hosts, path }),
    hosts,
    path,
    upstream: {
      kind: "tcp",
      secure: false,
      host: "127.0.0.1",
      port: 1,
      socketPath: null,
      pathPrefix: "",
      ca: null,
      timeoutMs: 1,
      text: "",
    },
    http: "refuse",
    compression: "off",
    journal: null,
    guards: [],
    identityName: "anonymous",
    ...parts,
  };
}
