import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fastestOf } from "../../test/fastest-of.ts";
import { MAX_SUBPROTOCOLS, parseSubprotocols } from "./subprotocol.ts";

const refused = { ok: false, code: "handshake.protocol-syntax" };

describe("parseSubprotocols", () => {
  it("keeps the client's order over several fields (RFC 6455 11.3.4)", () => {
    expect(parseSubprotocols(["chat, superchat", "v1.json"])).toEqual({
      ok: true,
      subprotocols: ["chat", "superchat", "v1.json"],
    });
  });

  it("finds none where the field is absent", () => {
    expect(parseSubprotocols([])).toEqual({ ok: true, subprotocols: [] });
  });

  it.each([[""], [","], ["chat,"], [",chat"], ["chat,,superchat"]])(
    "refuses an empty element: %j",
    (value) => {
      expect(parseSubprotocols([value])).toMatchObject(refused);
    },
  );

  it.each([["a b"], ["a;b"], ['"a"'], ["a/b"], ["a@b"], ["é"], ["a\u0000"], ["[x]"]])(
    "refuses what is not a token: %j (RFC 6455 4.1 item 10)",
    (value) => {
      expect(parseSubprotocols(["chat", value])).toMatchObject(refused);
    },
  );

  it("refuses one that stands twice, in one field or in two (RFC 6455 4.1 item 10)", () => {
    expect(parseSubprotocols(["chat, chat"])).toMatchObject(refused);
    expect(parseSubprotocols(["chat", "chat"])).toMatchObject(refused);
  });

  it("compares with case", () => {
    expect(parseSubprotocols(["chat, CHAT"])).toMatchObject({ ok: true });
  });

  it("treats names of object members as any other", () => {
    expect(parseSubprotocols(["__proto__, constructor"])).toEqual({
      ok: true,
      subprotocols: ["__proto__", "constructor"],
    });
  });

  it("takes as many as the bound, and not one more", () => {
    const names = Array.from({ length: MAX_SUBPROTOCOLS }, (_, index) => `p${index}`);
    expect(parseSubprotocols([names.join(",")])).toMatchObject({ ok: true });
    expect(parseSubprotocols([names.join(","), "more"])).toMatchObject(refused);
  });

  it("never shows an entry in a detail: it may be a credential", () => {
    const token = "sallyport.token.c2VjcmV0";
    expect(JSON.stringify(parseSubprotocols([`${token}, ${token}`]))).not.toContain("c2VjcmV0");
    expect(JSON.stringify(parseSubprotocols([`${token} x`]))).not.toContain("c2VjcmV0");
  });

  it("takes well below 50 ms for 15,000 spaces (CVE-2021-32640)", () => {
    const spaces = `b${" ".repeat(15_000)}x`;
    expect(parseSubprotocols([spaces])).toMatchObject(refused);
    expect(fastestOf(() => parseSubprotocols([spaces]))).toBeLessThan(50);
  });

  it("never throws, and what it accepts is unique tokens", () => {
    const text = fc.string({ unit: fc.constantFrom("a", "b", ",", " ", "\t", '"', ";", "\u0000", "é") });
    fc.assert(
      fc.property(fc.array(text, { maxLength: 4 }), (values) => {
        const parsed = parseSubprotocols(values);
        if (!parsed.ok) return;
        expect(new Set(parsed.subprotocols).size).toBe(parsed.subprotocols.length);
        for (const name of parsed.subprotocols) expect(name).toMatch(/^[ab]+$/);
      }),
    );
  });
});
