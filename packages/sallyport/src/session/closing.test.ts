import { describe, expect, it } from "vitest";
import { closingFor } from "./closing.ts";

describe("closingFor", () => {
  it("tells the client's fault to the client, and the application that it is a matter of policy", () => {
    expect(closingFor("permission.message", "inbound")).toEqual({
      offender: "client",
      code: 4503,
      bystanderCode: 1008,
      listens: true,
    });
  });

  it("tells the application's fault to the application, and that it goes away to the client", () => {
    expect(closingFor("permission.message", "outbound")).toMatchObject({
      offender: "application",
      bystanderCode: 1001,
    });
    expect(closingFor("session.killed", null)).toMatchObject({ offender: "client", bystanderCode: 1001 });
  });

  it("expects no Close in a broken stream, or behind a frame that is too long", () => {
    expect(closingFor("protocol.reserved-bit", "inbound").listens).toBe(false);
    expect(closingFor("messageSize.bytes", "inbound").listens).toBe(false);
  });

  it("closes with 1008 where a reason has no close code of its own", () => {
    expect(closingFor("handshake.no-route", null).code).toBe(1008);
  });
});
