import { z } from "zod";
import { refusalShape, type AdminAnswerShape, type AdminRoute } from "./admin-route.ts";

/** A JSON object, as documents are made of. */
export type JsonObject = Readonly<Record<string, unknown>>;

const refused = (description: string): AdminAnswerShape => ({ description, schema: refusalShape });

/** What every route may answer besides its own. */
const always: Readonly<Record<number, AdminAnswerShape>> = {
  401: refused("No token was presented where one is needed, or one that is not right."),
  403: refused("The token's role may not, or the request is of a page's or to a foreign Host."),
  429: refused("Too many wrong tokens from this address, or too many calls. See `Retry-After`."),
};

/** Describes routes in OpenAPI 3.1, whose schemas are JSON Schema 2020-12. */
export function openApiDocument(routes: readonly AdminRoute[], version: string): JsonObject {
  const paths: Record<string, JsonObject> = {};
  for (const route of routes)
    paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: operationOf(route) };
  return {
    openapi: "3.1.1",
    info: {
      title: "Sallyport admin API",
      version,
      description:
        "Operates a running gate. Roles: `viewer` reads, `operator` also ends connections, bans and revokes, `investigator` also reads what the journal kept of contents, `admin` also reloads and drains. What needs no role needs a token elsewhere than on loopback.",
    },
    components: { securitySchemes: { token: { type: "http", scheme: "bearer" } } },
    paths,
  };
}

function operationOf(route: AdminRoute): JsonObject {
  const { id, summary, role, body, answers } = route;
  return {
    operationId: id,
    summary,
    "x-role": role,
    security: role === null ? [{}, { token: [] }] : [{ token: [] }],
    parameters: [...pathParameters(route), ...queryParameters(route)],
    ...(body === null
      ? {}
      : {
          requestBody: {
            required: true,
            content: { "application/json": { schema: schemaOf(body, "input") } },
          },
        }),
    responses: Object.fromEntries(
      Object.entries({ ...always, ...answers }).map(([status, shape]) => [status, responseOf(shape)]),
    ),
  };
}

function responseOf({ description, schema }: AdminAnswerShape): JsonObject {
  const content =
    schema === null
      ? { "text/plain": { schema: { type: "string" } } }
      : { "application/json": { schema: schemaOf(schema, "output") } };
  return { description, content };
}

function pathParameters({ path }: AdminRoute): JsonObject[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: "path",
    required: true,
    schema: { type: "string" },
  }));
}

function queryParameters({ query }: AdminRoute): JsonObject[] {
  const { properties = {}, required = [] } = schemaOf(query, "input") as {
    readonly properties?: Readonly<Record<string, JsonObject>>;
    readonly required?: readonly string[];
  };
  return Object.entries(properties).map(([name, { description = "", ...schema }]) => {
    return { name, in: "query", required: required.includes(name), description, schema };
  });
}

function schemaOf(schema: z.ZodType, io: "input" | "output"): JsonObject {
  const { $schema: _dialect, "~standard": _standard, ...rest } = z.toJSONSchema(schema, { io }) as JsonObject;
  return rest;
}
