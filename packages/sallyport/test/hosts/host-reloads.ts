import { describe, expect, it } from "vitest";
import { connectRaw, upgradeRequest } from "../gateway/raw-client.ts";
import type { AttachRouteInput } from "../../src/policy/attach-config.ts";
import { skipAhead } from "../skip-ahead.ts";
import { closed, guardServer, nextMessage, openClient, wsApplication } from "./guarded-server.ts";
import type { HostOptions } from "./host-suite.ts";
import { createTokens } from "./test-tokens.ts";

/** One route for everybody from two pages, and what a test changes of it. */
function route(more: Partial<AttachRouteInput> = {}): AttachRouteInput {
  return {
    path: "/",
    identity: "anonymous",
    origin: { allow: ["https://one.example.com", "https://two.example.com"] },
    ...more,
  };
}

/** A masked binary frame of this many bytes. */
function frame(size: number): Buffer {
  return Buffer.concat([Buffer.from([0x82, 0xfe, size >> 8, size & 255, 0, 0, 0, 0]), Buffer.alloc(size, 7)]);
}

/** A policy that changes while connections are open. */
export function describeReloads({ host }: HostOptions): void {
  describe("reloads", () => {
    it("closes exactly the connections that the new policy refuses, and says how many of each", async () => {
      const guarded = await guardServer(host, wsApplication().server, { routes: [route()] });
      const one = await openClient(guarded.wsUrl, { origin: "https://one.example.com" });
      const two = await openClient(guarded.wsUrl, { origin: "https://two.example.com" });
      const gone = closed(two);
      const reloaded = await guarded.reload([route({ origin: { allow: ["https://one.example.com"] } })]);
      expect(reloaded).toMatchObject({ kept: 1, closed: 1 });
      expect(await gone).toEqual({ code: 1008, reason: expect.stringMatching(/^sallyport:/) });
      expect(await guarded.seen("decision")).toMatchObject({ verdict: "close", code: "origin.foreign" });
      one.send("still here");
      expect((await nextMessage(one)).data.toString()).toBe("still here");
    });

    it("leaves a connection alone that the new policy admits, and vets its next message by the new guards", async () => {
      const guarded = await guardServer(host, wsApplication().server, { routes: [route()] });
      const client = await openClient(guarded.wsUrl, { origin: "https://one.example.com" });
      client.send("x".repeat(1000));
      await nextMessage(client);
      expect(await guarded.reload([route({ messageSize: { inbound: "100B" } })])).toMatchObject({ kept: 1 });
      client.send("small");
      expect((await nextMessage(client)).data.toString()).toBe("small");
      const gone = closed(client);
      client.send("x".repeat(1000));
      expect((await gone).code).toBe(1009);
    });

    it("closes a connection whose route is gone", async () => {
      const guarded = await guardServer(host, wsApplication().server, { routes: [route({ path: "/a" })] });
      const client = await openClient(`${guarded.wsUrl}/a`, { origin: "https://one.example.com" });
      const gone = closed(client);
      expect(await guarded.reload([route({ path: "/b" })])).toMatchObject({ kept: 0, closed: 1 });
      expect((await gone).code).toBe(1008);
    });

    it("goes on following revocations and ends of tokens under the new policy", async () => {
      const tokens = await createTokens();
      const known = route({ identity: tokens.identity });
      const guarded = await guardServer(host, wsApplication().server, { routes: [known] });
      const headers = { Authorization: `Bearer ${await tokens.sign("ada")}` };
      const client = await openClient(guarded.wsUrl, { headers });
      const short = {
        Authorization: `Bearer ${await tokens.sign("eve", Math.floor(Date.now() / 1000) + 10)}`,
      };
      const ending = closed(await openClient(guarded.wsUrl, { headers: short }));
      await guarded.reload([route({ identity: tokens.identity, messageSize: { inbound: "2KiB" } })]);
      const gone = closed(client);
      guarded.revoke({ user: "ada" });
      expect((await gone).code).toBe(4540);
      skipAhead(10_000);
      expect((await ending).code).toBe(4401);
    });

    it("lets a message that is half sent pass whole under the guards of before, and the next under the new ones", async () => {
      const guarded = await guardServer(host, wsApplication().server, { routes: [route()] });
      const peer = await connectRaw(guarded.port);
      await peer.send(upgradeRequest({ lines: ["Origin: https://one.example.com"] })).head();
      // Whole and half in one write: when the first is back, the half is there too.
      peer.send(Buffer.concat([frame(200), frame(1000).subarray(0, 500)]));
      expect((await peer.readFrame()).payload).toHaveLength(200);
      await guarded.reload([route({ messageSize: { inbound: "200B" } })]);
      peer.send(frame(1000).subarray(500));
      expect((await peer.readFrame()).payload).toHaveLength(1000);
      peer.send(frame(300));
      expect(await guarded.seen("decision")).toMatchObject({ code: "messageSize.bytes" });
    });

    it("goes on following revocations while half a message keeps a connection under a policy that two reloads replaced", async () => {
      const guarded = await guardServer(host, wsApplication().server, { routes: [route()] });
      const peer = await connectRaw(guarded.port);
      await peer.send(upgradeRequest({ lines: ["Origin: https://one.example.com"] })).head();
      const { session } = await guarded.seen("open");
      peer.send(Buffer.concat([frame(200), frame(1000).subarray(0, 500)]));
      expect((await peer.readFrame()).payload).toHaveLength(200);
      await guarded.reload([route({ messageSize: { inbound: "2KiB" } })]);
      await guarded.reload([route({ messageSize: { inbound: "3KiB" } })]);
      guarded.revoke({ session });
      expect(await guarded.seen("decision")).toMatchObject({ code: "revocation.revoked" });
    });

    it("goes on following revocations where a reload overtakes another", async () => {
      const guarded = await guardServer(host, wsApplication().server, { routes: [route()] });
      const peer = await connectRaw(guarded.port);
      await peer.send(upgradeRequest({ lines: ["Origin: https://one.example.com"] })).head();
      const { session } = await guarded.seen("open");
      peer.send(Buffer.concat([frame(200), frame(1000).subarray(0, 500)]));
      expect((await peer.readFrame()).payload).toHaveLength(200);
      const sizes = ["2KiB", "3KiB", "4KiB", "5KiB"];
      await Promise.all(sizes.map((inbound) => guarded.reload([route({ messageSize: { inbound } })])));
      guarded.revoke({ session });
      expect(await guarded.seen("decision")).toMatchObject({ code: "revocation.revoked" });
    });

    it("changes nothing where the new policy is wrong, and says what is", async () => {
      const guarded = await guardServer(host, wsApplication().server, { routes: [route()] });
      const client = await openClient(guarded.wsUrl, { origin: "https://one.example.com" });
      await expect(guarded.reload([route({ messageSize: { inbound: "a lot" } })])).rejects.toThrow("a lot");
      client.send("as before");
      expect((await nextMessage(client)).data.toString()).toBe("as before");
    });
  });
}
