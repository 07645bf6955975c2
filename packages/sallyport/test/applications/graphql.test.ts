import { describe, expect, it } from "vitest";
import { hostsOfLibraries, openClient } from "../hosts/guarded-server.ts";
import { abuses, endingOf, refusedHandshake, unrefused } from "./guarded-application.ts";
import { collect, guardGraphql, openGraphql, openMessages } from "./graphql-application.ts";

const editor = { role: "editor" };

const ask = (query: string, more: object = {}, id = "1"): Readonly<Record<string, unknown>> => ({
  type: "subscribe",
  id,
  payload: { query, ...more },
});

/** `{ me { friends { … { name } … } } }`, so many fields deep. */
function nested(depth: number): string {
  return `{ me { ${"friends { ".repeat(depth - 2)} name ${"} ".repeat(depth)}`;
}

/** Each fragment spreads the one before it twice: with 30 of them a thousand million fields. */
const doubling = Array.from({ length: 30 }, (_, index) =>
  index === 0
    ? "fragment F0 on Person { name }"
    : `fragment F${index} on Person { ...F${index - 1} ...F${index - 1} }`,
).join(" ");

/** What somebody who may only look sends by hand, and how that ends. */
const refused = abuses({
  "a query fifty fields deep": ["dialect.limit", 4522, [ask(nested(50))]],
  "two hundred aliases of one field": [
    "dialect.limit",
    4522,
    [ask(`{ ${Array.from({ length: 200 }, (_, index) => `a${index}: me { name }`).join(" ")} }`)],
  ],
  "fragments that double": ["dialect.limit", 4522, [ask(`{ me { ...F29 } } ${doubling}`)]],
  "a query of ten thousand tokens": ["dialect.limit", 4522, [ask(`{ me { ${"name ".repeat(3000)} } }`)]],
  "fragments in a circle": [
    "dialect.syntax",
    4522,
    [ask("{ me { ...A } } fragment A on Person { ...B } fragment B on Person { ...A }")],
  ],
  introspection: ["permission.message", 4503, [ask("{ __schema { types { name } } }")]],
  "introspection under another name": [
    "permission.message",
    4503,
    [ask("{ me { name } ...Hidden } fragment Hidden on Query { rooms: __schema { types { name } } }")],
  ],
  "a mutation": ["permission.message", 4503, [ask('mutation { say(room: "attic", text: "x") { id } }')]],
  "a mutation behind a query": [
    "permission.message",
    4503,
    [
      ask('query Me { me { name } } mutation Say { say(room: "attic", text: "x") { id } }', {
        operationName: "Say",
      }),
    ],
  ],
  "an id that is in use": [
    "dialect.syntax",
    4522,
    [ask('subscription { said(room: "attic") { id } }'), ask("{ me { name } }")],
  ],
  "a thousand subscriptions": [
    "dialect.operations",
    1008,
    Array.from({ length: 1000 }, (_, id) => ask('subscription { said(room: "attic") { id } }', {}, `${id}`)),
  ],
  "a variable that is no plain value": [
    "messageSchema.mismatch",
    4522,
    [
      ask("query Room($name: String!) { room(name: $name) { name } }", {
        variables: { name: { $ne: null } },
      }),
    ],
  ],
  "a variable of 3000 characters": [
    "messageSchema.mismatch",
    4522,
    [
      ask("query Room($name: String!) { room(name: $name) { name } }", {
        variables: { name: "x".repeat(3000) },
      }),
    ],
  ],
  "a name that reaches the prototype": [
    "threat.hygiene",
    4522,
    [`{"type":"subscribe","id":"1","payload":{"query":"{ me { name } }","variables":{"__proto__":{}}}}`],
  ],
  "SQL in a variable": [
    "threat.signature",
    4522,
    [
      ask("query Room($name: String!) { room(name: $name) { name } }", {
        variables: { name: "' UNION SELECT password FROM users --" },
      }),
    ],
  ],
  "SQL in an argument that is written in the query": [
    "threat.signature",
    4522,
    [ask(String.raw`{ room(name: "\u0027 UNION SELECT password FROM users --") { name } }`)],
  ],
  "a second connection_init": ["dialect.syntax", 4522, [{ type: "connection_init" }]],
  "what only servers say": [
    "dialect.syntax",
    4522,
    [{ type: "next", id: "1", payload: { data: { me: null } } }],
  ],
  "a query that does not parse": ["dialect.syntax", 4522, [ask("{ me { name }")]],
  "two queries in one message": [
    "dialect.syntax",
    4522,
    ['{"type":"subscribe","id":"1","payload":{"query":"{ me { name } }","query":"{ broken }"}}'],
  ],
  "what is no JSON": ["dialect.syntax", 4522, ["{ me { name } }"]],
  bytes: ["messageSize.opcode", 1003, [Buffer.from('{"type":"ping"}')]],
  "more than 16 KiB": ["messageSize.bytes", 1009, [ask(`{ me { name } } # ${"x".repeat(20_000)}`)]],
});

describe.each(hostsOfLibraries)("a GraphQL server with its policy, through the host `%s`", (host) => {
  it("answers queries, mutations and subscriptions", async () => {
    const server = await guardGraphql(host);
    await unrefused(server, async () => {
      const ada = openGraphql(server, await server.bearer("ada", editor));
      const ben = openGraphql(server, await server.bearer("ben", { role: "viewer" }));
      const query = "query Me { me { name friends { name } } }";
      expect(await collect(ada, query)).toEqual([
        { data: { me: { name: "Ada", friends: [{ name: "Ben" }] } } },
      ]);

      const subscription = ben.iterate({
        query: "subscription Said($room: String!) { said(room: $room) { id text } }",
        variables: { room: "attic" },
      });
      const first = subscription.next();
      // Answered behind the subscription, so that it is there.
      await collect(ben, query);
      const say = "mutation Say($room: String!, $text: String!) { say(room: $room, text: $text) { id } }";
      const variables = { room: "attic", text: "grüße" };
      expect(await collect(ada, say, variables)).toEqual([{ data: { say: { id: 0 } } }]);
      expect(await first).toEqual({ done: false, value: { data: { said: { id: 0, text: "grüße" } } } });
      await subscription.return?.();

      const room = 'query Room { room(name: "attic") { name lines { text from { name } } } }';
      expect(await collect(ben, room)).toEqual([
        { data: { room: { name: "attic", lines: [{ text: "grüße", from: { name: "Ada" } }] } } },
      ]);
      await ada.dispose();
      await server.seen("closed");
    });
  });

  it.each(refused)("refuses $abuse: $code, $close", async ({ code, close, messages }) => {
    const server = await guardGraphql(host);
    const client = await openMessages(server, await server.bearer("mallory", { role: "viewer" }));
    expect(await endingOf(server, client, messages)).toEqual({ code, close });
  });

  it("refuses a subscription before the handshake of the protocol: dialect.syntax, 4522", async () => {
    const server = await guardGraphql(host);
    const client = await openClient(`${server.wsUrl}/graphql`, {
      protocols: ["graphql-transport-ws"],
      headers: { ...(await server.bearer("mallory")) },
    });
    expect(await endingOf(server, client, [ask("{ me { name } }")])).toEqual({
      code: "dialect.syntax",
      close: 4522,
    });
  });

  it("refuses the older protocol of the same name, and who is unknown, at the handshake", async () => {
    const server = await guardGraphql(host);
    const headers = { ...(await server.bearer("mallory")) };
    const url = `${server.wsUrl}/graphql`;
    expect(await refusedHandshake(server, url, { protocols: ["graphql-ws"], headers })).toEqual({
      code: "subprotocol.not-allowed",
      status: 400,
    });
    expect(await refusedHandshake(server, url, { protocols: ["graphql-transport-ws"] })).toEqual({
      code: "identity.missing",
      status: 401,
    });
  });

  it("lets an administrator look at the schema", async () => {
    const server = await guardGraphql(host);
    const client = openGraphql(server, await server.bearer("cy", { role: "admin" }));
    const [{ data } = {}] = await collect(client, "{ __schema { queryType { name } } }");
    expect(data).toEqual({ __schema: { queryType: { name: "Query" } } });
    expect(server.refusals()).toEqual([]);
  });

  it("hides a card number in an answer: leak.redacted", async () => {
    const server = await guardGraphql(host);
    const client = openGraphql(server, await server.bearer("ada"));
    expect(await collect(client, "{ card }")).toEqual([{ data: { card: "**** **** **** 1111" } }]);
    expect(server.refusals()).toEqual(["leak.redacted"]);
  });

  it("ends a connection whose answer shows where the server failed: leak.closed, 1001", async () => {
    const server = await guardGraphql(host);
    const client = await openMessages(server, await server.bearer("ada"));
    const heard: string[] = [];
    client.on("message", (data: Buffer) => heard.push(data.toString()));
    expect(await endingOf(server, client, [ask("{ broken }")])).toEqual({ code: "leak.closed", close: 1001 });
    expect(heard).toEqual([]);
  });
});
