import { Buffer } from "node:buffer";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MAX_V1_BYTES, MAX_V2_BYTES, parseProxyHeader, type ProxyHeader } from "./proxy-protocol.ts";

const SIGNATURE = "0d0a0d0a000d0a515549540a";
const IPV4 = "c0000201c6336402dc0401bb";
const IPV6 = "20010db800000000000000000000000120010db8000000000000000000000002dc0401bb";
const CHECKSUM = "a81a9a14";
const DESTINATION = "198.51.100.2 56324 443";

function v1(line: string): ProxyHeader {
  return parseProxyHeader(Buffer.from(line, "latin1"));
}

/** A version 2 header with the length that belongs to its block. */
function v2(command: string, family: string, block = ""): Buffer {
  const length = (block.length / 2).toString(16).padStart(4, "0");
  return Buffer.from(SIGNATURE + command + family + length + block, "hex");
}

function sourceOf(header: ProxyHeader): string | null {
  if (header.status !== "complete") throw new Error(JSON.stringify(header));
  return header.source === null ? null : `${header.source.address} ${header.source.port}`;
}

const detailOf = (header: ProxyHeader): string =>
  header.status === "invalid" ? header.detail : `not invalid but ${header.status}`;

describe("parseProxyHeader", () => {
  it("reads a version 1 line and leaves what follows (2.1)", () => {
    const line = "PROXY TCP4 192.0.2.1 198.51.100.2 56324 443\r\n";
    expect(v1(`${line}GET / HTTP/1.1\r\n`)).toEqual({
      status: "complete",
      length: line.length,
      source: { address: "192.0.2.1", port: 56_324 },
    });
    expect(sourceOf(v1("PROXY TCP6 2001:DB8:0::1 ::2 0 65535\r\n"))).toBe("2001:db8::1 0");
  });

  it("knows no source behind UNKNOWN, whatever follows it (2.1)", () => {
    expect(sourceOf(v1("PROXY UNKNOWN\r\n"))).toBeNull();
    expect(sourceOf(v1("PROXY UNKNOWN ffff:f...f:ffff 1 2 any thing\r\n"))).toBeNull();
  });

  it.each([
    "TCP4 192.0.2.01 198.51.100.2 1 2",
    "TCP4 192.0.2 198.51.100.2 1 2",
    "TCP4 0x7f.0.0.1 198.51.100.2 1 2",
    "TCP4 2001:db8::1 198.51.100.2 1 2",
    "TCP4 example 198.51.100.2 1 2",
    "TCP4 192.0.2.1 nowhere 1 2",
    "TCP6 192.0.2.1 ::2 1 2",
    "TCP6 fe80::1%eth0 ::2 1 2",
    "TCP6 ::1] ::2 1 2",
    "TCP4 192.0.2.1 198.51.100.2 65536 2",
    "TCP4 192.0.2.1 198.51.100.2 1 065",
    "TCP4 192.0.2.1 198.51.100.2 -1 2",
    "TCP4 192.0.2.1 198.51.100.2 1",
    "TCP4 192.0.2.1 198.51.100.2 1 2 3",
    "TCP4 192.0.2.1  198.51.100.2 1 2",
    "TCP4 192.0.2.1 198.51.100.2 1 2\n",
  ])("rejects the version 1 line `%s` (2.1)", (line) => {
    expect(detailOf(v1(`PROXY ${line}\r\n`))).toMatch(/^the addresses are not those of TCP[46]/);
  });

  it.each(["TCP5", "tcp4", "", "UNKNOWN\t", "UDP4"])("rejects the version 1 family `%s` (2.1)", (family) => {
    expect(detailOf(v1(`PROXY ${family} 192.0.2.1 ${DESTINATION}\r\n`))).toBe(
      "the family is none of version 1",
    );
  });

  it("rejects a version 1 line of more than 107 bytes, and waits no longer (2.1)", () => {
    const longest = `PROXY UNKNOWN ${"f".repeat(MAX_V1_BYTES - 16)}\r\n`;
    expect(longest).toHaveLength(107);
    expect(sourceOf(v1(longest))).toBeNull();
    expect(v1(longest.slice(0, -1)).status).toBe("incomplete");
    expect(detailOf(v1(longest.replace("\r\n", "f\r\n")))).toMatch(/^no line end within 107 bytes/);
  });

  it("reads version 2 addresses of IPv4 and IPv6 (2.2)", () => {
    const header = v2("21", "11", IPV4);
    const read = parseProxyHeader(Buffer.concat([header, Buffer.from("GET")]));
    expect(read).toEqual({ status: "complete", length: 28, source: { address: "192.0.2.1", port: 56_324 } });
    expect(sourceOf(parseProxyHeader(v2("21", "21", IPV6)))).toBe("2001:db8::1 56324");
  });

  it("knows no source behind LOCAL, unspecified families and Unix sockets (2.2)", () => {
    expect(sourceOf(parseProxyHeader(v2("20", "00")))).toBeNull();
    expect(sourceOf(parseProxyHeader(v2("20", "ff", "0102")))).toBeNull();
    expect(sourceOf(parseProxyHeader(v2("21", "00")))).toBeNull();
    expect(sourceOf(parseProxyHeader(v2("21", "31", "2f".repeat(216))))).toBeNull();
  });

  it.each(["11", "31", "22", "2f", "01"])("rejects the version and command 0x%s (2.2)", (command) => {
    expect(detailOf(parseProxyHeader(v2(command, "11", IPV4)))).toMatch(/^the version or the command/);
  });

  it.each(["12", "22", "32", "41", "10", "01", "13", "f1"])("rejects the family 0x%s (2.2)", (family) => {
    expect(detailOf(parseProxyHeader(v2("21", family, IPV6 + IPV6 + IPV6 + IPV6 + IPV6 + IPV6)))).toMatch(
      /^the family or the transport/,
    );
  });

  it("rejects addresses that the length cuts off (2.2)", () => {
    expect(detailOf(parseProxyHeader(v2("21", "11", IPV4.slice(2))))).toMatch(/^the addresses do not fit/);
  });

  it("rejects a length beyond its bound before the bytes have come (2.2)", () => {
    const longest = v2("21", "11", `${IPV4}04${(MAX_V2_BYTES - 31).toString(16).padStart(4, "0")}`);
    longest.writeUInt16BE(MAX_V2_BYTES - 16, 14);
    expect(parseProxyHeader(longest).status).toBe("incomplete");
    const all = Buffer.concat([longest, Buffer.alloc(MAX_V2_BYTES - longest.length)]);
    expect(sourceOf(parseProxyHeader(all))).toBe("192.0.2.1 56324");
    longest.writeUInt16BE(MAX_V2_BYTES - 15, 14);
    expect(detailOf(parseProxyHeader(longest))).toBe("it announces 4097 bytes, 4096 may be");
  });

  it.each(["04", "0400", "040001", "0400016105"])("rejects the attachment %s (2.2)", (attached) => {
    expect(detailOf(parseProxyHeader(v2("21", "11", IPV4 + attached)))).toMatch(
      /^an attachment does not fit/,
    );
  });

  it("checks a checksum where there is one (2.2.3)", () => {
    // Computed apart from this code: CRC-32C over the header with zeroes in its place.
    const right = v2("21", "11", `${IPV4}040000030004${CHECKSUM}`);
    expect(sourceOf(parseProxyHeader(right))).toBe("192.0.2.1 56324");
    const wrong = Buffer.from(right);
    wrong[16] = 10;
    expect(detailOf(parseProxyHeader(wrong))).toBe("the checksum is wrong");
    expect(detailOf(parseProxyHeader(v2("21", "11", `${IPV4}0300020000`)))).toBe("the checksum is wrong");
  });

  it.each(["GET / HTTP/1.1\r\n\r\n", "PROXY\tTCP4", "proxy TCP4 ", "\x16\x03\x01\x02\x00", "\r\n\r\nG"])(
    "rejects %j, which is no header at all",
    (text) => expect(detailOf(v1(text))).toBe("the connection does not begin with a PROXY header"),
  );

  it("finds the same under every split, and never before the last byte", () => {
    const headers = [
      Buffer.from("PROXY TCP4 192.0.2.1 198.51.100.2 56324 443\r\n"),
      Buffer.from("PROXY UNKNOWN\r\n"),
      v2("20", "00"),
      v2("21", "11", `${IPV4}04000161`),
      v2("21", "21", IPV6),
    ];
    fc.assert(
      fc.property(
        fc.constantFrom(...headers),
        fc.nat(),
        fc.uint8Array({ maxLength: 200 }),
        (header, at, rest) => {
          expect(parseProxyHeader(header.subarray(0, at % header.length)).status).toBe("incomplete");
          expect(parseProxyHeader(Buffer.concat([header, rest]))).toEqual(parseProxyHeader(header));
          expect(parseProxyHeader(header)).toMatchObject({ status: "complete", length: header.length });
        },
      ),
    );
  });

  it("reads back every address and port (2.1, 2.2)", () => {
    fc.assert(
      fc.property(fc.ipV4(), fc.ipV6(), fc.nat(65_535), (ipv4, ipv6, port) => {
        const canonical = new URL(`http://[${ipv6}]/`).hostname.slice(1, -1);
        expect(sourceOf(v1(`PROXY TCP4 ${ipv4} 10.0.0.1 ${port} 443\r\n`))).toBe(`${ipv4} ${port}`);
        expect(sourceOf(v1(`PROXY TCP6 ${ipv6} ::1 ${port} 443\r\n`))).toBe(`${canonical} ${port}`);
        const block = Buffer.concat([Buffer.from(ipv4.split(".").map(Number)), Buffer.alloc(8)]);
        block.writeUInt16BE(port, 8);
        expect(sourceOf(parseProxyHeader(v2("21", "11", block.toString("hex"))))).toBe(`${ipv4} ${port}`);
      }),
    );
  });

  it("never throws and never waits beyond its bounds, whatever comes", () => {
    const begins = [
      Buffer.from("PROXY "),
      Buffer.from("PROXY TCP4 "),
      Buffer.from(SIGNATURE, "hex"),
      v2("21", "11"),
    ];
    fc.assert(
      fc.property(fc.constantFrom(...begins), fc.uint8Array({ maxLength: 300 }), (begin, rest) => {
        const bytes = Buffer.concat([begin, rest]);
        const { status } = parseProxyHeader(bytes);
        expect(["incomplete", "complete", "invalid"]).toContain(status);
        const padded = Buffer.concat([bytes, Buffer.alloc(MAX_V2_BYTES)]);
        expect(parseProxyHeader(padded).status).not.toBe("incomplete");
      }),
    );
  });
});
