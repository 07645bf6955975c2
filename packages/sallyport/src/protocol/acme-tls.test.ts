import { Duplex } from "node:stream";
import { connect } from "node:tls";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readAcmeTlsQuestion } from "./acme-tls.ts";

/** The first bytes that a TLS client of Node's sends. */
async function helloOf(options: { readonly ALPNProtocols?: string[] }): Promise<Buffer> {
  const { promise, resolve } = Promise.withResolvers<Buffer>();
  const socket = new Duplex({
    read() {},
    write(chunk: Buffer, _encoding, done) {
      resolve(Buffer.from(chunk));
      done();
    },
  });
  const client = connect({ socket, servername: "a.example", ...options });
  client.on("error", () => {});
  const hello = await promise;
  client.destroy();
  return hello;
}

const octets = (value: number, count: number): number[] =>
  Array.from({ length: count }, (_, index) => Math.floor(value / 256 ** (count - 1 - index)) % 256);
const vector = (count: number, bytes: readonly number[]): number[] => [
  ...octets(bytes.length, count),
  ...bytes,
];
const alpn = (...names: string[]): number[] => [
  0,
  16,
  ...vector(
    2,
    vector(
      2,
      names.flatMap((name) => vector(1, [...Buffer.from(name)])),
    ),
  ),
];
const hello = (extensions: readonly number[], type = 1): Buffer => {
  const body = [
    ...Array.from({ length: 34 }, () => 3),
    ...vector(1, [1, 2]),
    ...vector(2, [0x13, 1]),
    ...vector(1, [0]),
    ...vector(2, extensions),
  ];
  return Buffer.from([22, 3, 1, ...vector(2, [type, ...vector(3, body)])]);
};

describe("readAcmeTlsQuestion", () => {
  it("knows the authority by its only protocol (RFC 8737 3)", async () => {
    expect(readAcmeTlsQuestion(await helloOf({ ALPNProtocols: ["acme-tls/1"] }))).toBe("acme");
    expect(readAcmeTlsQuestion(hello(alpn("acme-tls/1")))).toBe("acme");
    expect(readAcmeTlsQuestion(hello([0, 0, 0, 0, ...alpn("acme-tls/1")]))).toBe("acme");
  });

  it("leaves everybody else to TLS: other protocols, more than one, none", async () => {
    expect(readAcmeTlsQuestion(await helloOf({ ALPNProtocols: ["h2", "http/1.1"] }))).toBe("other");
    expect(readAcmeTlsQuestion(await helloOf({}))).toBe("other");
    expect(readAcmeTlsQuestion(hello(alpn("acme-tls/1", "h2")))).toBe("other");
    expect(readAcmeTlsQuestion(hello([]))).toBe("other");
  });

  it("leaves what is no ClientHello to TLS: plaintext, another message, a record that is too long (RFC 8446 5.1)", () => {
    expect(readAcmeTlsQuestion(Buffer.from("GET / HTTP/1.1\r\n"))).toBe("other");
    expect(readAcmeTlsQuestion(hello(alpn("acme-tls/1"), 2))).toBe("other");
    expect(readAcmeTlsQuestion(Buffer.from([22, 3, 1, 0x40, 1]))).toBe("other");
  });

  it("waits for the rest of a record, and for nothing behind it", () => {
    const bytes = hello(alpn("acme-tls/1"));
    for (let length = 0; length < bytes.length; length++)
      expect(readAcmeTlsQuestion(bytes.subarray(0, length))).toBe("incomplete");
    expect(readAcmeTlsQuestion(Buffer.concat([bytes, Buffer.from("more")]))).toBe("acme");
  });

  it.each<[string, Buffer]>([
    ["a message that says it is longer", Buffer.from([22, 3, 1, 0, 4, 1, 0, 1, 0])],
    ["a hello without its extensions", Buffer.from([22, 3, 1, 0, 6, 1, 0, 0, 2, 3, 3])],
    ["an extension that is cut off", hello([0, 16, 0, 9, 1])],
    ["names that are cut off", hello([0, 16, 0, 4, 0, 9, 1, 97])],
    ["a name that is cut off", hello([0, 16, 0, 4, 0, 2, 9, 97])],
  ])("leaves %s to TLS", (_, bytes) => {
    expect(readAcmeTlsQuestion(bytes)).toBe("other");
  });

  it("never throws, whatever comes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        expect(["other", "incomplete"]).toContain(readAcmeTlsQuestion(Uint8Array.from([22, ...bytes])));
      }),
    );
  });
});
