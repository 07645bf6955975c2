import { createServer, type RequestListener, type Server } from "node:http";
import type { GraphQLSchema } from "graphql";
import { createClient, type Client } from "graphql-ws";
import { useServer } from "graphql-ws/use/ws";
import { describe, expect, it, onTestFinished } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import type { AttachRouteInput } from "../../src/policy/attach-config.ts";
import { guardServer, hostsOfLibraries } from "../hosts/guarded-server.ts";

/** What is used of GraphQL Yoga. Its own types bring the DOM's, which contradict Node's, into every file. */
interface Yoga {
  createSchema(options: { readonly typeDefs: string; readonly resolvers: unknown }): GraphQLSchema;
  createYoga(options: { readonly schema: GraphQLSchema; readonly logging: boolean }): RequestListener;
}

const yogaPackage: string = "graphql-yoga";
const { createSchema, createYoga } = (await import(yogaPackage)) as Yoga;

async function* countTo(limit: number): AsyncGenerator<{ count: number }> {
  for (let count = 1; count <= limit; count++) {
    await Promise.resolve();
    yield { count };
  }
}

// Made by Yoga, so that there is one `graphql` however the test runner resolves it.
const schema = createSchema({
  typeDefs: `
    type Query { greet(name: String!): String }
    type Subscription { count(limit: Int!): Int }
  `,
  resolvers: {
    Query: { greet: (_root: unknown, { name }: { name: string }) => `grüße, ${name}` },
    Subscription: { count: { subscribe: (_root: unknown, { limit }: { limit: number }) => countTo(limit) } },
  },
});

const route: AttachRouteInput = {
  path: "/graphql",
  identity: "anonymous",
  http: "forward",
  subprotocol: { allow: ["graphql-transport-ws"] },
  messageSize: { opcodes: "text" },
  dialect: "auto",
};

/** A Yoga server for plain requests, and graphql-ws for the rest. */
function application(): { readonly server: Server; readonly sockets: WebSocketServer } {
  const yoga = createYoga({ schema, logging: false });
  const server = createServer(yoga);
  const sockets = new WebSocketServer({ server, path: "/graphql" });
  useServer({ schema }, sockets);
  return { server, sockets };
}

function connect(wsUrl: string, onConnected: () => void = () => undefined): Client {
  const client = createClient({
    url: `${wsUrl}/graphql`,
    webSocketImpl: WebSocket,
    lazy: false,
    retryWait: () => Promise.resolve(),
    shouldRetry: () => true,
    onNonLazyError: () => undefined,
    on: { connected: onConnected },
  });
  onTestFinished(() => client.dispose());
  return client;
}

async function collect(client: Client, query: string): Promise<unknown[]> {
  const results: unknown[] = [];
  for await (const { data } of client.iterate({ query })) results.push(data);
  return results;
}

describe.each(hostsOfLibraries)("graphql-ws 6 and GraphQL Yoga through the host `%s`", (host) => {
  it("answers a query and a subscription over one socket", async () => {
    const guarded = await guardServer(host, application().server, { routes: [route] });
    const client = connect(guarded.wsUrl);
    expect(await collect(client, '{ greet(name: "Ada") }')).toEqual([{ greet: "grüße, Ada" }]);
    const counted = await collect(client, "subscription { count(limit: 50) }");
    expect(counted).toEqual(Array.from({ length: 50 }, (_, index) => ({ count: index + 1 })));
    expect((await guarded.seen("open")).subprotocol).toBe("graphql-transport-ws");
    expect(guarded.connections()).toBe(1);
  });

  it("connects again when the connection is lost", async () => {
    const { server, sockets } = application();
    const guarded = await guardServer(host, server, { routes: [route] });
    const twice = Promise.withResolvers<void>();
    let times = 0;
    const client = connect(guarded.wsUrl, () => void ((times += 1) === 2 && twice.resolve()));
    await collect(client, '{ greet(name: "Ada") }');
    for (const socket of sockets.clients) socket.close(1012);
    await twice.promise;
    expect(await collect(client, '{ greet(name: "Ben") }')).toEqual([{ greet: "grüße, Ben" }]);
  });

  it("is told the application's own close codes: 4400 for a message out of order", async () => {
    const guarded = await guardServer(host, application().server, { routes: [{ ...route, dialect: "off" }] });
    const client = new WebSocket(`${guarded.wsUrl}/graphql`, "graphql-transport-ws");
    onTestFinished(() => client.terminate());
    const code = new Promise((resolve) => void client.once("close", resolve));
    client.once("open", () => client.send("not JSON"));
    expect(await code).toBe(4400);
  });

  it("answers Yoga's queries over plain HTTP on the same route", async () => {
    const guarded = await guardServer(host, application().server, { routes: [route] });
    const response = await fetch(`${guarded.url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ query: '{ greet(name: "Ada") }' }),
    });
    expect(await response.json()).toEqual({ data: { greet: "grüße, Ada" } });
  });
});
