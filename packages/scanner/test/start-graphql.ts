import type * as Graphql from "graphql";
import type { ServerOptions } from "graphql-ws";
import { useServer } from "graphql-ws/use/ws";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { WebSocketServer } from "ws";
import { closeServer, listenOnLoopback } from "./listen-on-loopback.ts";
import type { SpecimenServer } from "./specimen.ts";

/** The copy of the library that graphql-ws uses: an import in a test would be another one. */
export const graphql: typeof Graphql = createRequire(import.meta.url)("graphql");

const schema = graphql.buildSchema("type Query { hello: String }");

/** Starts graphql-ws on a free loopback port. */
export async function startGraphql(options: Partial<ServerOptions> = {}): Promise<SpecimenServer> {
  const http = createServer();
  const server = new WebSocketServer({ server: http });
  useServer({ schema, ...options }, server);
  return {
    url: `ws://127.0.0.1:${await listenOnLoopback(http)}/`,
    close: () => closeServer(http, server),
  };
}

/** The same, refusing operations by their text, as libraries of limits do by their tree. */
export function startLimitedGraphql(isTooMuch: (query: string) => boolean): Promise<SpecimenServer> {
  return startGraphql({
    onSubscribe: (_, __, { query }) =>
      isTooMuch(query) ? [new graphql.GraphQLError("too much")] : undefined,
  });
}
