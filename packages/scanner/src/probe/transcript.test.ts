import { describe, expect, it } from "vitest";
import { createMasker } from "./masker.ts";
import { describeReceived, Transcript } from "./transcript.ts";

const received = { fin: true, reserved: 0, opcode: 1, masked: false, length: 2, payload: Buffer.from("hi") };

describe("Transcript", () => {
  it("keeps the beginning and the end, and says how much it left out", () => {
    const transcript = new Transcript((text) => text);
    for (let line = 0; line < 1000; line += 1) transcript.note("<", `line ${line}`);
    const { lines } = transcript.exchange("a flood");
    expect(lines).toHaveLength(33);
    expect(lines[24]).toBe("- 968 lines are left out");
    expect(lines.at(-1)).toBe("< line 999");
  });

  it("counts what comes again", () => {
    const transcript = new Transcript((text) => text);
    for (let time = 0; time < 3; time += 1) transcript.note("<", "same");
    transcript.note(">", "same");
    expect(transcript.exchange("").lines).toEqual(["< same (3 times)", "> same"]);
  });

  it("is harmless to terminals, and tells no secret", () => {
    const transcript = new Transcript(createMasker(["topsecret"]));
    transcript.note("<", "\u001b[2J\u202etopsecret\n");
    expect(transcript.exchange("").lines).toEqual([String.raw`< \u001b[2J\u202e[masked]\n`]);
  });
});

describe("describeReceived", () => {
  it("tells what came, and what is unusual in it", () => {
    expect(describeReceived(received)).toBe("text, 2 bytes: hi");
    expect(describeReceived({ ...received, opcode: 2, reserved: 4, fin: false, masked: true })).toBe(
      "binary, FIN 0, RSV 100, masked, 2 bytes: 6869",
    );
    expect(
      describeReceived({ ...received, opcode: 8, payload: Buffer.from("\u0003\u00f0bye", "latin1") }),
    ).toBe("close 1008: bye");
    expect(describeReceived({ ...received, opcode: 8, payload: Buffer.alloc(0) })).toBe("close");
  });
});
