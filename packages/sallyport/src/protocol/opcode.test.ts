import { describe, expect, it } from "vitest";
import { isControl, opcode } from "./opcode.ts";

describe("isControl", () => {
  it("is true of Close, ping and pong alone (RFC 6455 5.5)", () => {
    const control = Object.entries(opcode)
      .filter(([, code]) => isControl(code))
      .map(([name]) => name);
    expect(control).toEqual(["close", "ping", "pong"]);
  });
});
