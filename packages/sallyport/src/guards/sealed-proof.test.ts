import { describe, expect, it } from "vitest";
import { openProof, sealProof } from "./sealed-proof.ts";

describe("sealProof", () => {
  it("seals what only the same ticket opens", () => {
    const sealed = sealProof("a token", "ticket-1");
    expect(sealed).not.toContain(Buffer.from("a token").toString("base64").slice(0, 8));
    expect(openProof(sealed, "ticket-1")).toBe("a token");
    expect(openProof(sealed, "ticket-2")).toBeNull();
  });
});

describe("openProof", () => {
  it.each(["", "AAAA", "not base64 at all, but long enough to hold a tag"])(
    "opens nothing of %j",
    (sealed) => {
      expect(openProof(sealed, "ticket")).toBeNull();
    },
  );

  it("opens nothing that was changed", () => {
    const bytes = Buffer.from(sealProof("a token", "ticket"), "base64");
    bytes[0] = (bytes[0] ?? 0) ^ 1;
    expect(openProof(bytes.toString("base64"), "ticket")).toBeNull();
  });
});
