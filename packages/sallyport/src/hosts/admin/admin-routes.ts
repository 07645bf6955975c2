import { z } from "zod";
import { adminRoute, type AdminRoute } from "./admin-route.ts";
import { banRoutes } from "./ban-routes.ts";
import { findingRoutes } from "./finding-routes.ts";
import { gateRoutes } from "./gate-routes.ts";
import { incidentRoutes } from "./incident-routes.ts";
import { journalRoutes } from "./journal-routes.ts";
import { openApiDocument } from "./open-api.ts";
import { policyRoutes } from "./policy-routes.ts";
import { revocationRoutes } from "./revocation-routes.ts";
import { sessionRoutes } from "./session-routes.ts";
import { stateRoutes } from "./state-routes.ts";

/** A route that was found, and what stands in its path where it has `{…}`. */
export interface FoundRoute {
  readonly route: AdminRoute;
  readonly name: string;
}

/** Every route of the admin API, its own documentation included. @param version of the package */
export function adminRoutes(version: string): readonly AdminRoute[] {
  const documentation: AdminRoute = adminRoute({
    method: "GET",
    path: "/openapi.json",
    id: "openApi",
    summary: "This API as an OpenAPI 3.1 document.",
    role: null,
    recorded: false,
    answers: {
      200: {
        description: "The document.",
        schema: z.looseObject({ openapi: z.literal("3.1.1"), paths: z.record(z.string(), z.unknown()) }),
      },
    },
    answer: () => ({ status: 200, body: document }),
  });
  const routes = [
    ...gateRoutes,
    ...incidentRoutes,
    ...policyRoutes,
    ...sessionRoutes,
    ...banRoutes,
    ...revocationRoutes,
    ...findingRoutes,
    ...journalRoutes,
    ...stateRoutes,
    documentation,
  ];
  const document = openApiDocument(routes, version);
  return routes;
}

/** The route for a request; else the methods that its path takes: none where there is nothing. */
export function findRoute(
  routes: readonly AdminRoute[],
  method: string,
  path: string,
): FoundRoute | { readonly route: null; readonly methods: readonly string[] } {
  // Exact paths come first: `/sessions/kill` is no session's.
  for (const parse of [exactly, withName]) {
    const found = routes.flatMap((route) => {
      const name = parse(route.path, path);
      return name === null ? [] : [{ route, name }];
    });
    const matches = found.filter(({ route }) => route.method === method);
    // The template that says most of the path: what stands behind a name in it is no part of the name.
    const [match] = matches.toSorted((one, other) => one.name.length - other.name.length);
    if (match !== undefined) return match;
  }
  const methods = routes.filter(
    (route) => (exactly(route.path, path) ?? withName(route.path, path)) !== null,
  );
  return { route: null, methods: [...new Set(methods.map((route) => route.method))] };
}

function exactly(template: string, path: string): string | null {
  return template === path ? "" : null;
}

function withName(template: string, path: string): string | null {
  const parts = /^(.*)\{\w+\}(.*)$/.exec(template);
  if (parts === null) return null;
  const [, before = "", after = ""] = parts;
  const name = path.slice(before.length, path.length - after.length);
  if (!path.startsWith(before) || !path.endsWith(after) || name === "") return null;
  try {
    return decodeURIComponent(name);
  } catch {
    return null;
  }
}
