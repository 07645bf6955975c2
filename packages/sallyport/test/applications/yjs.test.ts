import { describe, expect, it, vi } from "vitest";
import { hostNames } from "../hosts/guarded-server.ts";
import { edit, type Editor, guardDocuments } from "./yjs-application.ts";

const PATIENTLY = { timeout: 10_000 };
const textOf = ({ document }: Editor): string => document.getText("text").toJSON();
const author = { documents: ["novel"] };

describe.each(hostNames)("a Yjs server with its policy, through the host `%s`", (host) => {
  it("brings two documents together, and tells each who else is there", async () => {
    const server = await guardDocuments(host);
    const ada = await edit(server, await server.bearer("ada", author));
    const ben = await edit(server, await server.bearer("ben", author));
    ada.document.getText("text").insert(0, "It was a dark night. ");
    ben.document.getText("text").insert(0, "Chapter 1. ");
    ben.document.getMap("cover").set("colour", "red");
    await vi.waitUntil(() => textOf(ada) === textOf(ben) && textOf(ada).includes("Chapter 1. "), PATIENTLY);
    expect(textOf(ben)).toContain("It was a dark night. ");
    expect(ada.document.getMap("cover").get("colour")).toBe("red");
    ada.provider.setAwarenessField("user", { name: "Ada" });
    await vi.waitUntil(
      () => JSON.stringify([...(ben.provider.awareness?.getStates() ?? [])]).includes("Ada"),
      PATIENTLY,
    );
    ada.document.getText("text").insert(0, "x".repeat(100_000));
    await vi.waitUntil(() => ben.document.getText("text").length > 100_000, PATIENTLY);
    ada.socket.disconnect();
    await server.seen("closed");
    expect(server.refusals()).toEqual([]);
  });
});
