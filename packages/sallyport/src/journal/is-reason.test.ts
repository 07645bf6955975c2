import { describe, expect, it } from "vitest";
import { isReason } from "./is-reason.ts";

describe("isReason", () => {
  it.each(["ticket 4711", "7", "Anfrage", "依頼", "требование"])("takes words: %s", (text) => {
    expect(isReason(text)).toBe(true);
  });

  it.each(["", "  ", "\u200B", "\u3164\u115F", "\u2800", "\u202E", "\u0000\u001B", "...", "\u00AD-"])(
    "takes nothing that says nothing (case %#)",
    (text) => {
      expect(isReason(text)).toBe(false);
    },
  );
});
