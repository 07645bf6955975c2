import { createServer } from "node:http";
import type { GraphQLSchema } from "graphql";
import { createClient, type Client, type FormattedExecutionResult } from "graphql-ws";
import { useServer } from "graphql-ws/use/ws";
import { onTestFinished } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { openClient, type HostName } from "../hosts/guarded-server.ts";
import { guardApplication, type Bearer, type GuardedApplication } from "./guarded-application.ts";

/** What is used of GraphQL Yoga. Its own types bring the DOM's, which contradict Node's, into every file. */
interface Yoga {
  readonly createSchema: (options: {
    readonly typeDefs: string;
    readonly resolvers: unknown;
  }) => GraphQLSchema;
}

const yogaPackage: string = "graphql-yoga";
const { createSchema }: Yoga = await import(yogaPackage);

interface Line {
  readonly id: number;
  readonly from: { readonly name: string };
  readonly text: string;
}

/** People who know each other, so that a query may go round in circles, and rooms with what was said in them. */
const typeDefs = `
  type Person { name: String! friends: [Person!]! }
  type Line { id: Int! text: String! from: Person! }
  type Room { name: String! lines: [Line!]! }
  type Query { me: Person! room(name: String!): Room! broken: String card: String! }
  type Mutation { say(room: String!, text: String!): Line! }
  type Subscription { said(room: String!): Line! }
`;

class Rooms {
  readonly #lines: Line[] = [];
  readonly #watchers = new Set<(line: Line) => void>();

  readonly lines = (): readonly Line[] => this.#lines;

  say(text: string): Line {
    const line = { id: this.#lines.length, from: ada, text };
    this.#lines.push(line);
    for (const watch of this.#watchers) watch(line);
    return line;
  }

  async *said(): AsyncGenerator<{ said: Line }> {
    let told = Promise.withResolvers<Line>();
    const watch = (line: Line): void => told.resolve(line);
    this.#watchers.add(watch);
    try {
      for (;;) {
        const said = await told.promise;
        told = Promise.withResolvers();
        yield { said };
      }
    } finally {
      this.#watchers.delete(watch);
    }
  }
}

interface Person {
  readonly name: string;
  readonly friends: () => readonly Person[];
}
const ada: Person = { name: "Ada", friends: () => [ben] };
const ben: Person = { name: "Ben", friends: () => [ada] };

function chatSchema(): GraphQLSchema {
  const rooms = new Rooms();
  return createSchema({
    typeDefs,
    resolvers: {
      Query: {
        me: () => ada,
        room: (_root: unknown, { name }: { name: string }) => ({ name, lines: rooms.lines }),
        broken: () => {
          throw new Error(`no database\n${new Error("in the query").stack}`);
        },
        card: () => "4111 1111 1111 1111",
      },
      Mutation: { say: (_root: unknown, { text }: { text: string }) => rooms.say(text) },
      Subscription: { said: { subscribe: () => rooms.said() } },
    },
  });
}

/** A server of graphql-ws behind a gate with the policy `graphql.yaml`. */
export async function guardGraphql(host: HostName): Promise<GuardedApplication> {
  const server = createServer();
  const sockets = new WebSocketServer({ server, path: "/graphql" });
  // A subscription that is refused ends with its connection.
  useServer({ schema: chatSchema() }, sockets);
  return await guardApplication(host, server, "graphql");
}

/** A client of graphql-ws. */
export function openGraphql({ wsUrl }: GuardedApplication, headers: Bearer): Client {
  class AuthenticatedSocket extends WebSocket {
    constructor(url: string, protocol: string) {
      super(url, protocol, { headers: { ...headers } });
    }
  }
  const client = createClient({
    url: `${wsUrl}/graphql`,
    webSocketImpl: AuthenticatedSocket,
    lazy: false,
    retryAttempts: 0,
    onNonLazyError: () => undefined,
  });
  onTestFinished(() => client.dispose());
  return client;
}

/** What an operation answers at once. */
export type Answer = FormattedExecutionResult<Record<string, unknown>, unknown>;

/** Everything that an operation answers. */
export async function collect(
  client: Client,
  query: string,
  variables: Record<string, unknown> = {},
): Promise<readonly Answer[]> {
  const results: Answer[] = [];
  for await (const result of client.iterate({ query, variables })) results.push(result);
  return results;
}

/** Somebody who writes the messages of the protocol by hand, and was acknowledged. */
export async function openMessages({ wsUrl }: GuardedApplication, headers: Bearer): Promise<WebSocket> {
  const client = await openClient(`${wsUrl}/graphql`, {
    protocols: ["graphql-transport-ws"],
    headers: { ...headers },
  });
  const acknowledged = new Promise((resolve) => client.once("message", resolve));
  client.send('{"type":"connection_init"}');
  await acknowledged;
  return client;
}
