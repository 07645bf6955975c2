import { describe, expect, it } from "vitest";
import { hostNames } from "../hosts/guarded-server.ts";
import { guardChat, joinChat } from "./socket-io-application.ts";

const member = { rooms: ["attic"] };

describe.each(hostNames)("a Socket.IO chat with its policy, through the host `%s`", (host) => {
  it("carries rooms, acknowledgements, files and the staff's namespace", async () => {
    const chat = await guardChat(host);
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
    expect(chat.refusals()).toEqual([]);
  });
});
