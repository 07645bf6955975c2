import { describe, expect, it } from "vitest";
import { hostNames } from "../hosts/guarded-server.ts";
import { guardNotes, openRpc } from "./json-rpc-application.ts";

describe.each(hostNames)("a JSON-RPC server with its policy, through the host `%s`", (host) => {
  it("carries calls of both sides, notifications and batches", async () => {
    const notes = await guardNotes(host);
    const { peer: ada } = await openRpc(notes, await notes.bearer("ada", { role: "author" }));
    const { peer: ben, socket } = await openRpc(notes, await notes.bearer("ben", { role: "reader" }));
    const changed = new Promise((resolve) => void ben.addMethod("notes.changed", resolve));
    expect(await ben.request("notes.watch", {})).toBe(true);
    expect(await ada.request("notes.add", { title: "door", text: "It squeaks." })).toBe(1);
    expect(await changed).toEqual({ count: 1 });

    ben.notify("client.seen", { title: "door" });
    const batch = ["notes.list", "notes.list"].map((method, id) => ({
      jsonrpc: "2.0" as const,
      id: `${id}`,
      method,
    }));
    const answers = await ben.requestAdvanced(batch);
    expect(answers.map(({ result }: { result?: unknown }) => result)).toEqual([
      [{ title: "door", text: "It squeaks." }],
      [{ title: "door", text: "It squeaks." }],
    ]);
    ada.addMethod("client.time", () => "noon");
    expect(await ada.request("whatTime", {})).toBe("noon");
    await expect(ben.request("notes.missing", {})).rejects.toThrow();
    socket.close();
    await notes.seen("closed");
    expect(notes.refusals()).toEqual([]);
  });
});
