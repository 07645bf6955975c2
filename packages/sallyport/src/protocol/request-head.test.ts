import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { HeaderList } from "./header-list.ts";
import {
  checkConnection,
  checkHead,
  checkSingle,
  connectionOptions,
  isFieldValue,
  MAX_HEADER_BYTES,
  MAX_HEADERS,
  MAX_TARGET_BYTES,
  readAddress,
  type RequestHead,
} from "./request-head.ts";

function head(raw: readonly string[], target = "/"): RequestHead {
  return { method: "GET", httpVersion: "1.1", target, headers: new HeaderList(raw) };
}

describe("checkHead", () => {
  it("passes a common head", () => {
    expect(checkHead(head(["Host", "a", "Cookie", "a=b; c=\u00e9", "X-Empty", ""]))).toBeNull();
  });

  it("bounds the target: the limit passes, one byte more is 414 (RFC 9110 15.5.15)", () => {
    const target = `/${"a".repeat(MAX_TARGET_BYTES - 1)}`;
    expect(checkHead(head([], target))).toBeNull();
    expect(checkHead(head([], `${target}a`))).toMatchObject({ code: "handshake.target-too-long" });
  });

  it("bounds the number of fields (RFC 6585 5, CVE-2024-37890)", () => {
    const fields = Array.from({ length: MAX_HEADERS }, () => ["a", ""]).flat();
    expect(checkHead(head(fields))).toBeNull();
    expect(checkHead(head([...fields, "a", ""]))).toMatchObject({ code: "handshake.headers-too-large" });
  });

  it("bounds the bytes of all fields together (RFC 6585 5)", () => {
    const value = "v".repeat(MAX_HEADER_BYTES / 2 - 5);
    expect(checkHead(head(["a", value, "a", value]))).toBeNull();
    expect(checkHead(head(["a", value, "a", `${value}v`]))).toMatchObject({
      code: "handshake.headers-too-large",
    });
  });

  it.each([["Host "], [""], ["a b"], ["a:b"], ["a\u0000"], ["é"]])(
    "refuses the header name %j (RFC 9112 5.1)",
    (name) => {
      expect(checkHead(head([name, "x"]))).toMatchObject({ code: "handshake.syntax" });
    },
  );

  it.each([["a\r\n b"], ["a\n"], ["a\u0000"], ["a\u007f"], ["a\u001b"], ["\u010a"]])(
    "refuses the value %j (RFC 9110 5.5, RFC 9112 5.2)",
    (value) => {
      const fault = checkHead(head(["x-secret", value]));
      expect(fault).toMatchObject({ code: "handshake.syntax" });
      expect(fault?.detail).toBe('header "x-secret" holds a control byte');
    },
  );
});

describe("isFieldValue", () => {
  it("knows the octets of a field value (RFC 9110 5.5)", () => {
    const refused = Array.from({ length: 0x180 }, (_, code) => code).filter(
      (code) => !isFieldValue(String.fromCharCode(code)),
    );
    const controls = Array.from({ length: 32 }, (_, code) => code).filter((code) => code !== 9);
    const beyond = Array.from({ length: 0x80 }, (_, index) => 0x100 + index);
    expect(refused).toEqual([...controls, 0x7f, ...beyond]);
  });
});

describe("readAddress", () => {
  it("reads host and target in their normal forms", () => {
    expect(readAddress(head(["HOST", "Example.com.:81"], "/%77s?a"))).toEqual({
      ok: true,
      path: "/ws",
      query: "a",
      host: "example.com",
      hostPort: 81,
    });
  });

  it.each([
    [[]],
    [["Host", "a", "host", "a"]],
    [["Host", "a", "Host", "b"]],
    [["Host", ""]],
    [["Host", "a@b"]],
  ])("refuses %j: exactly one valid Host (RFC 9112 3.2)", (raw) => {
    expect(readAddress(head(raw))).toMatchObject({ ok: false, code: "handshake.host" });
  });

  it("refuses a target that is not a plain path", () => {
    expect(readAddress(head(["Host", "a"], "/.."))).toMatchObject({ ok: false, code: "handshake.target" });
  });
});

describe("checkSingle", () => {
  it("refuses a listed field that stands twice, equal or not, and no other (RFC 9110 5.3)", () => {
    const headers = new HeaderList(["Origin", "a", "X", "1", "ORIGIN", "a", "x", "2"]);
    expect(checkSingle(headers, ["authorization", "origin"])).toMatchObject({
      code: "handshake.duplicate-header",
      detail: "2 origin fields",
    });
    expect(checkSingle(headers, ["authorization"])).toBeNull();
  });
});

describe("checkConnection", () => {
  const allowed = ["upgrade", "keep-alive"];

  it.each([["Upgrade"], ["keep-alive, UPGRADE"], ["upgrade,,"], [""]])("passes %j", (value) => {
    expect(checkConnection(new HeaderList(["Connection", value]), allowed)).toBeNull();
  });

  it.each([
    ["Origin"],
    ["Upgrade, X-User-Id"],
    ["upgrade,sec-websocket-key"],
    ["Upgrade;Host"],
    ["Upgrade Origin"],
  ])("refuses %j: it would delete a header on the way (RFC 9110 7.6.1)", (value) => {
    const headers = new HeaderList(["Connection", "Upgrade", "Connection", value]);
    expect(checkConnection(headers, allowed)).toMatchObject({ code: "handshake.connection" });
  });
});

describe("connectionOptions", () => {
  it("joins all fields, in lower case, without empty elements (RFC 9110 5.6.1.2)", () => {
    const headers = new HeaderList(["Connection", "Keep-Alive, ,", "connection", " Upgrade "]);
    expect(connectionOptions(headers)).toEqual(["keep-alive", "upgrade"]);
    expect(connectionOptions(new HeaderList([]))).toEqual([]);
  });

  it("never throws", () => {
    fc.assert(
      fc.property(fc.array(fc.string()), (raw) => {
        expect(Array.isArray(connectionOptions(new HeaderList(raw)))).toBe(true);
      }),
    );
  });
});
