import { describe, expect, it } from "vitest";
import { parseHeaderLines } from "./header-lines.ts";

describe("parseHeaderLines", () => {
  it("reads a header from each line that is neither empty nor a remark", () => {
    expect(parseHeaderLines("# of the collector\n\nAuthorization: Bearer a:b \r\nX-Tenant:7\n")).toEqual({
      ok: true,
      headers: [
        ["authorization", "Bearer a:b"],
        ["x-tenant", "7"],
      ],
    });
    expect(parseHeaderLines("")).toEqual({ ok: true, headers: [] });
  });

  it.each([
    ["a line without a colon", "HUSH", "line 1 is no `Name: value`"],
    ["a name that is none (RFC 9110 5.6.2)", "# x\nna me: HUSH", "line 2 is no `Name: value`"],
    ["a name that is not there", ": HUSH", "line 1 is no `Name: value`"],
    [
      "what the gate writes itself",
      "Webhook-Signature: HUSH",
      "line 1: the gate itself writes `webhook-signature`",
    ],
    [
      "what would frame the request anew",
      "Transfer-Encoding: HUSH",
      "line 1: the gate itself writes `transfer-encoding`",
    ],
    ["an empty value", "a:", "line 1: `a` has a value that cannot be sent"],
    ["a control character in a value", "a: HU\u0001SH", "line 1: `a` has a value that cannot be sent"],
    ["a value that is too long", `a: HUSH${"x".repeat(8192)}`, "line 1: `a` has a value that cannot be sent"],
    ["a name twice", "a: HUSH\nA: HUSH", "line 2: `a` a second time"],
    [
      "too many",
      Array.from({ length: 33 }, (_, index) => `h${index}: HUSH`).join("\n"),
      "more than 32 headers",
    ],
  ])("refuses %s, and shows nothing of a value", (_name, text, problem) => {
    expect(parseHeaderLines(text)).toEqual({ ok: false, problem });
  });
});
