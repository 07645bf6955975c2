import { readdirSync, readFileSync } from "node:fs";
import { expect, it, vi } from "vitest";
import { readCase, type FrameCase } from "../frame-case.ts";
import { openRaw, op } from "../gateway/raw-client.ts";
import { guardServer, openRoute } from "../hosts/guarded-server.ts";
import { aftermath, describeAttacks, unharmed } from "./attack-suite.ts";
import { isPlayable, playCase } from "./played-case.ts";
import { isPlayableByMessages, playByMessages } from "./played-messages.ts";
import { startTarget } from "./target.ts";

const folder = new URL("../frames/", import.meta.url);
const all = readdirSync(folder)
  .filter((name) => name.endsWith(".case"))
  .map((name): FrameCase => readCase(readFileSync(new URL(name, folder), "utf8")));
const played = all.filter(isPlayable);
const LEAST_PLAYED = 120;
const LEAST_BY_MESSAGES = 90;

describeAttacks("frame attacks", ({ host }) => {
  const own = host === "listen" ? played.filter(isPlayableByMessages) : played;
  it.each(own)("$title", async (frameCase) => {
    expect(host === "listen" ? await playByMessages(frameCase) : await playCase(host, frameCase)).toEqual([]);
  });

  it("leave out what no application in the same process can say, and nothing else", () => {
    expect(own.length).toBeGreaterThanOrEqual(host === "listen" ? LEAST_BY_MESSAGES : LEAST_PLAYED);
  });

  it("F51: half a frame and then silence ends with 1008 when its time is over", async () => {
    const target = startTarget();
    const routes = [{ ...openRoute, messageSize: { finishWithin: "300ms" } }];
    const guarded = await guardServer(host, target.server, { routes });
    const peer = await openRaw(guarded.port);
    const began = performance.now();
    peer.send(Buffer.from("82fe0100", "hex"));
    expect(await peer.readClose()).toMatchObject({ code: 1008 });
    expect(performance.now() - began).toBeGreaterThan(290);
    peer.socket.end();
    expect(target.messages).toEqual([]);
    expect(await aftermath(guarded)).toEqual(unharmed);
  });

  it("F50: a hundred resets in the middle of a frame harm nobody (RFC 6455 7.1.5)", async () => {
    const target = startTarget();
    const guarded = await guardServer(host, target.server, {
      routes: [{ ...openRoute, connectionLimit: { handshakesPerAddress: "1000/s" } }],
    });
    const peers = await Promise.all(Array.from({ length: 90 }, () => openRaw(guarded.port)));
    for (const peer of peers) peer.send(Buffer.from("82fe010037fa", "hex"));
    await new Promise(setImmediate);
    for (const peer of peers) peer.socket.resetAndDestroy();
    expect(await aftermath(guarded)).toEqual(unharmed);
    expect(target.messages).toEqual(["still here"]);
    await vi.waitUntil(() => target.sockets.clients.size === 0, { timeout: 10_000 });
  });

  it("F49, F09: what follows a violation in the same segment never reaches the application", async () => {
    const target = startTarget();
    const guarded = await guardServer(host, target.server);
    for (const violation of ["81026869", "c18037fa213d", "838037fa213d", "808037fa213d"]) {
      const peer = await openRaw(guarded.port);
      peer.send(Buffer.from(`${violation}818237fa213d5f93`, "hex")).frame(op.text, "after");
      expect(await peer.readClose()).toMatchObject({ code: 1002 });
      peer.socket.end();
    }
    expect(target.messages).toEqual([]);
    expect(await aftermath(guarded)).toEqual(unharmed);
  });

  it("cover F01 to F55, and play the golden cases", () => {
    const titles = played.map(({ title }) => title).join("\n");
    const wanted = Array.from({ length: 55 }, (_, index) => `F${String(index + 1).padStart(2, "0")}`);
    // F51 is played above with a shorter time; F52 lasts ten seconds, and stands among the floods.
    expect(wanted.filter((id) => !titles.includes(id))).toEqual(["F51", "F52"]);
    expect(played.length).toBeGreaterThanOrEqual(LEAST_PLAYED);
  });
});
