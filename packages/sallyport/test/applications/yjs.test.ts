import { describe, expect, it, vi } from "vitest";
import { hostsOfLibraries, openClient } from "../hosts/guarded-server.ts";
import { abuses, endingOf, refusedHandshake, unrefused } from "./guarded-application.ts";
import { edit, type Editor, guardDocuments } from "./yjs-application.ts";

const PATIENTLY = { timeout: 10_000 };
const textOf = ({ document }: Editor): string => document.getText("text").toJSON();

/** What an author of the novel sends by hand, and how that ends. */
const refused = abuses({
  text: ["messageSize.opcode", 1003, ["It was a dark night."]],
  "an update of 600 kB": ["messageSize.bytes", 1009, [Buffer.alloc(600_000)]],
});

const author = { documents: ["novel"] };

describe.each(hostsOfLibraries)("a Yjs server with its policy, through the host `%s`", (host) => {
  it("brings two documents together, and tells each who else is there", async () => {
    const server = await guardDocuments(host);
    await unrefused(server, async () => {
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
    });
  });

  it.each(refused)("refuses $abuse: $code, $close", async ({ code, close, messages }) => {
    const server = await guardDocuments(host);
    const client = await openClient(`${server.wsUrl}/documents/novel`, {
      headers: { ...(await server.bearer("mallory", author)) },
    });
    expect(await endingOf(server, client, messages)).toEqual({ code, close });
  });

  it.each(["/documents/diary", "/documents", "/documents/novel/x"])(
    "refuses %s to an author of the novel: permission.connect, 403",
    async (path) => {
      const server = await guardDocuments(host);
      const headers = { ...(await server.bearer("mallory", author)) };
      expect(await refusedHandshake(server, server.wsUrl + path, { headers })).toEqual({
        code: "permission.connect",
        status: 403,
      });
    },
  );
});
