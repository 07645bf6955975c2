import { describe, expect, it } from "vitest";
import { hostNames } from "../hosts/guarded-server.ts";
import { collect, guardGraphql, openGraphql } from "./graphql-application.ts";

const editor = { role: "editor" };

describe.each(hostNames)("a GraphQL server with its policy, through the host `%s`", (host) => {
  it("answers queries, mutations and subscriptions", async () => {
    const server = await guardGraphql(host);
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
    expect(server.refusals()).toEqual([]);
  });
});
