import type * as Graphql from "graphql";
import type { ServerOptions } from "graphql-ws";
import { useServer } from "graphql-ws/use/ws";
import { once } from "node:events";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { WebSocketServer } from "ws";
import type { SpecimenServer } from "./specimen.ts";

/** The copy of the library that graphql-ws uses: an import in a test would be another one. */
export const graphql: typeof Graphql = createRequire(import.meta.url)("graphql");

const schema = graphql.buildSchema("type Query { hello: String }");

/** Starts graphql-ws on a free loopback port. */
export async function startGraphql(options: Partial<ServerOptions> = {}): Promise<SpecimenServer> {
  const http = createServer();
  const server = new WebSocketServer({ server: http });
  useServer({ schema, ...options }, server);
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  const address = http.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    url: `ws://127.0.0.1:${port}/`,
    close: async () => {
      for (const client of server.clients) client.terminate();
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
    },
  };
}
