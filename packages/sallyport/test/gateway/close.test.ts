import { Buffer } from "node:buffer";
import { once } from "node:events";
import { describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { serializeClose, serializeFrame } from "../../src/protocol/frame-serializer.ts";
import { startApplication, startGateway } from "./harness.ts";
import { op } from "./raw-client.ts";
import { openPair } from "./raw-pair.ts";

const fromApplication = (opcode: number, payload: string | Uint8Array): Uint8Array =>
  serializeFrame({ opcode, payload: Buffer.from(payload), maskKey: null });

describe("the end of a connection", () => {
  it("passes the client's Close to the application and its answer back, then ends TCP (RFC 6455 7.1)", async () => {
    const { client, application, gate } = await openPair();
    client.close(1000, "bye");
    expect(await application.readClose()).toEqual({ code: 1000, reason: "bye" });
    application.send(serializeClose(1000, "bye too", null));
    expect(await client.readClose()).toEqual({ code: 1000, reason: "bye too" });
    expect([await client.ended(), await application.ended()]).toEqual(["fin", "fin"]);
    client.socket.end();
    application.socket.end();
    expect(await gate.seen("closed")).toMatchObject({ closedBy: "client", closeCode: 1000 });
    expect(gate.gateway.gate.sessions.size).toBe(0);
  });

  it("passes an application's own code and reason on (RFC 6455 7.4.2)", async () => {
    const { client, application, gate } = await openPair();
    application.send(serializeClose(4001, "room is full", null));
    expect(await client.readClose()).toEqual({ code: 4001, reason: "room is full" });
    client.close(4001);
    expect(await application.readClose()).toMatchObject({ code: 4001 });
    expect(await client.ended()).toBe("fin");
    client.socket.end();
    application.socket.end();
    expect(await gate.seen("closed")).toMatchObject({ closedBy: "application", closeCode: 4001 });
  });

  it("never lets a Close overtake data", async () => {
    const { client, application } = await openPair();
    application.send(Buffer.concat([fromApplication(op.text, "last words"), serializeClose(1000, "", null)]));
    expect((await client.readFrame()).payload.toString()).toBe("last words");
    expect((await client.readFrame()).opcode).toBe(op.close);
  });

  const violations: readonly { name: string; bytes: string; code: number }[] = [
    { name: "an unmasked frame (RFC 6455 5.1)", bytes: "810161", code: 1002 },
    { name: "a reserved bit (RFC 6455 5.2)", bytes: "c18100000000 61", code: 1002 },
    { name: "a reserved opcode (RFC 6455 5.2)", bytes: "8380 00000000", code: 1002 },
    { name: "a length that is not minimal (RFC 6455 5.2)", bytes: "81fe0001 00000000 61", code: 1002 },
    {
      name: "a length with its highest bit set (RFC 6455 5.2)",
      bytes: "82ff8000000000000000 00000000",
      code: 1002,
    },
    { name: "a ping of 126 bytes (RFC 6455 5.5)", bytes: "89fe007e 00000000", code: 1002 },
    { name: "a fragmented ping (RFC 6455 5.5)", bytes: "0980 00000000", code: 1002 },
    { name: "a continuation of nothing (RFC 6455 5.4)", bytes: "8080 00000000", code: 1002 },
    { name: "a message inside a message (RFC 6455 5.4)", bytes: "0180 00000000 8180 00000000", code: 1002 },
    { name: "text that is not UTF-8 (RFC 6455 8.1)", bytes: "8181 00000000 80", code: 1007 },
    { name: "a Close of one byte (RFC 6455 5.5.1)", bytes: "8881 00000000 03", code: 1002 },
    { name: "a Close with 1005 (RFC 6455 7.4.1)", bytes: "8882 00000000 03ed", code: 1002 },
    { name: "a frame of 2^53 bytes (RFC 6455 10.4)", bytes: "82ff0020000000000000 00000000", code: 1009 },
    {
      name: "a frame of 1 MiB and a byte, announced only",
      bytes: "82ff0000000000100001 00000000",
      code: 1009,
    },
  ];
  it.each(violations)(
    "closes $code for $name, tells the application 1008, and serves the next client",
    async ({ bytes, code }) => {
      const { client, application, gate, again } = await openPair();
      client.send(Buffer.from(bytes.replaceAll(" ", ""), "hex"));
      const decision = await gate.seen("decision");
      const reason = `sallyport:${decision.incident}`;
      expect(await client.readClose()).toEqual({ code, reason });
      expect(await application.readClose()).toEqual({ code: 1008, reason });
      expect(await client.ended()).toBe("fin");
      expect(gate.events.filter(({ type }) => type === "decision")).toHaveLength(1);
      const next = await again();
      next.client.frame(op.text, "next");
      expect((await next.application.readFrame()).payload.toString()).toBe("next");
    },
  );

  it("closes an application that breaks the protocol with the exact code, and the client with 1001", async () => {
    const { client, application } = await openPair();
    application.send(Buffer.from("81810000000061", "hex"));
    expect(await application.readClose()).toMatchObject({ code: 1002 });
    expect(await client.readClose()).toMatchObject({ code: 1001 });
  });

  it("closes the client with 1012 when the application is lost", async () => {
    for (const how of ["end", "resetAndDestroy"] as const) {
      const { client, application } = await openPair();
      application.socket[how]();
      expect(await client.readClose()).toMatchObject({
        code: 1012,
        reason: expect.stringMatching(/^sallyport:/),
      });
      client.close(1012);
      expect(await client.ended()).toBe("fin");
    }
  });

  it("closes the application with 1001 when the client is lost", async () => {
    for (const how of ["end", "resetAndDestroy"] as const) {
      const { client, application, gate } = await openPair();
      client.socket[how]();
      expect(await application.readClose()).toMatchObject({ code: 1001 });
      application.send(serializeClose(1001, "", null)).socket.end();
      expect(await gate.seen("closed")).toMatchObject({ closedBy: "client", closeCode: 1006 });
    }
  });

  it("closes the application when the client is lost in the middle of a frame", async () => {
    const { client, application } = await openPair();
    client.frame(op.text, "begun", false).send(Buffer.from("80fe1000", "hex"));
    await new Promise((resolve) => setTimeout(resolve, 20));
    client.socket.resetAndDestroy();
    expect(await application.readClose()).toMatchObject({ code: 1001 });
    expect(application.waiting).toHaveLength(0);
  });

  it("is clean for the real library on both sides", async () => {
    const application = await startApplication((socket) =>
      socket.once("message", () => socket.close(4002, "done")),
    );
    const gate = await startGateway({ upstream: application.url });
    const socket = new WebSocket(gate.wsUrl);
    await once(socket, "open");
    socket.send("go");
    const [code, reason] = (await once(socket, "close")) as [number, Buffer];
    expect([code, reason.toString()]).toEqual([4002, "done"]);
    expect(await gate.seen("closed")).toMatchObject({ closeCode: 4002, closedBy: "application" });
  });
});
