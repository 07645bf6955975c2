import { describe, expect, it } from "vitest";
import { describeFrame, frame } from "./frame.ts";

const hex = (shape: Parameters<typeof frame>[0]): string => frame(shape).toString("hex");
const mask = Buffer.from("37fa213d", "hex");

describe("frame", () => {
  it("masks as a client does (RFC 6455 5.7)", () => {
    expect(hex({ opcode: "text", payload: "Hello", mask })).toBe("818537fa213d7f9f4d5158");
    expect(frame({ opcode: "text", payload: "Hello" })).toHaveLength(11);
  });

  it("is wrong in whatever way it is asked to be", () => {
    expect(hex({ opcode: "text", payload: "Hello", mask: null })).toBe("810548656c6c6f");
    expect(hex({ opcode: "continuation", fin: false, reserved: 5, mask: null })).toBe("5000");
    expect(hex({ opcode: 0xb, mask: null, lengthBytes: 2, payload: "a" })).toBe("8b7e000161");
    expect(hex({ opcode: "binary", mask: null, announced: 2n ** 63n })).toBe("827f8000000000000000");
    expect(hex({ opcode: "binary", mask: null, announced: 300 })).toBe("827e012c");
    expect(hex({ opcode: "ping", mask: null, announced: 126, lengthBytes: 2 })).toBe("897e007e");
  });
});

describe("describeFrame", () => {
  it("tells what is unusual", () => {
    expect(describeFrame({ opcode: "text", payload: "Hello" })).toBe("text: Hello");
    expect(
      describeFrame({ opcode: 3, fin: false, reserved: 4, mask: null, announced: 9, lengthBytes: 8 }),
    ).toBe("opcode 0x3, FIN 0, RSV 100, no mask, says 9 bytes, sends 0, length in 8 bytes");
  });
});
