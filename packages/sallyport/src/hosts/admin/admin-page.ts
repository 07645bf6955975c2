import type { AdminRoute } from "./admin-route.ts";

const HEAD = `<!-- Generated from the source by \`npm run docs\`: edit the routes, not this page. -->

# Admin API

What a running gate answers at \`admin.address\`, for programs; for people there are
[commands](../how-to/operate.md). \`GET /openapi.json\` there is the same as an OpenAPI 3.1 document, with the schema of
every request and answer.

A token stands in \`Authorization: Bearer …\`. \`viewer\` reads, \`operator\` also ends connections, bans and revokes, \`investigator\` also reads
what the journal kept of contents, \`admin\` also reloads and drains. What needs no role is for everybody on loopback; elsewhere every call needs a token. "Recorded" calls stand in the log as
events \`admin\`, with the token's name, the address, the status and what came of it, and are counted in \`sallyport_admin_calls_total\`.

[The dashboard](../how-to/sign-in-to-the-dashboard.md) makes the same calls with the cookie of its session and the field \`Sallyport-Request: 1\`, from its own
origin alone.

Every call may answer 401 (no token, or none that is right), 403 (the role may not; a request of a page that is not the dashboard's; a foreign Host) and 429 (too many wrong
tokens from the address, or too many calls with the token; \`Retry-After\` says when). A refusal is \`{ "error": …, "problems": […] }\`.

| call | role | recorded | does | answers |
|---|---|---|---|---|`;

/** The page `docs/reference/admin-api.md`: every route of the API. */
export function renderAdminPage(routes: readonly AdminRoute[]): string {
  const rows = routes.map(({ method, path, role, recorded, summary, answers }) => {
    const statuses = Object.keys(answers).join(", ");
    return `| \`${method} ${path}\` | ${role ?? ""} | ${recorded ? "yes" : ""} | ${summary} | ${statuses} |`;
  });
  return `${[HEAD, ...rows].join("\n")}\n`;
}
