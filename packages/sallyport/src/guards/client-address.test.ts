import { randomBytes } from "node:crypto";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fastestOf } from "../../test/fastest-of.ts";
import { HeaderList } from "../protocol/header-list.ts";
import { createAddressTable } from "./address-table.ts";
import { believedClient, type BelievedClient, type ForwardedHeader } from "./client-address.ts";

const trusted = createAddressTable(["10.0.0.0/8", "2001:db8:a::/48"]);

function find(
  header: ForwardedHeader,
  raw: readonly string[],
  socketAddress = "10.0.0.1",
  socketSecure = false,
): BelievedClient {
  return believedClient({ socketAddress, socketSecure, headers: new HeaderList(raw), trusted, header });
}

const xff = (...values: string[]): string =>
  find(
    "x-forwarded-for",
    values.flatMap((value) => ["X-Forwarded-For", value]),
  ).address;
const fwd = (...values: string[]): string =>
  find(
    "forwarded",
    values.flatMap((value) => ["Forwarded", value]),
  ).address;

/** Bytes in use once nothing is left to collect. */
function heapUsed(): number {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
  return process.memoryUsage().heapUsed;
}

describe("believedClient", () => {
  it("keeps nothing of the header that an address stood in, which lives as long as its connection", () => {
    const before = heapUsed();
    const kept = Array.from({ length: 1000 }, () => {
      const padding = randomBytes(6000).toString("hex");
      return find("x-forwarded-for", ["X-Forwarded-For", `${padding}, 203.0.113.100`]).address;
    });
    expect(heapUsed() - before).toBeLessThan(3_000_000);
    expect(new Set(kept)).toEqual(new Set(["203.0.113.100"]));
  });

  it("ignores every forwarding header of a peer that is not trusted (ASVS 5.0 4.1.3)", () => {
    const raw = [
      "X-Forwarded-For",
      "203.0.113.9",
      "X-Forwarded-Proto",
      "https",
      "X-Forwarded-Host",
      "app.example.com",
    ];
    expect(find("x-forwarded-for", raw, "198.51.100.7")).toEqual({ address: "198.51.100.7", secure: false });
    const forwarded = ["Forwarded", "for=203.0.113.9;proto=https;host=app.example.com"];
    expect(find("forwarded", forwarded, "198.51.100.7", true)).toEqual({
      address: "198.51.100.7",
      secure: true,
    });
  });

  it("reads the one header that is configured, and no other", () => {
    expect(find("x-forwarded-for", ["Forwarded", "for=203.0.113.9;proto=https"])).toEqual({
      address: "10.0.0.1",
      secure: false,
    });
    const other = [
      "X-Forwarded-For",
      "203.0.113.9",
      "X-Forwarded-Proto",
      "https",
      "X-Forwarded-Host",
      "a.example",
    ];
    expect(find("forwarded", other)).toEqual({ address: "10.0.0.1", secure: false });
  });

  it("stays with the socket when a trusted proxy says nothing", () => {
    expect(find("x-forwarded-for", [], "10.0.0.1", true)).toEqual({ address: "10.0.0.1", secure: true });
    expect(find("forwarded", [], "::ffff:10.0.0.1")).toEqual({ address: "::ffff:10.0.0.1", secure: false });
  });
});

describe("believedClient with x-forwarded-for", () => {
  it("takes the rightmost address that is not a trusted proxy", () => {
    expect(xff("203.0.113.9")).toBe("203.0.113.9");
    expect(xff("1.1.1.1, 203.0.113.9")).toBe("203.0.113.9");
    expect(xff("1.1.1.1, 203.0.113.9, 10.0.0.3,10.0.0.2")).toBe("203.0.113.9");
  });

  it("reads several fields as one list, the last field last (RFC 9110 5.3)", () => {
    expect(xff("1.1.1.1", "203.0.113.9, 10.0.0.3", "10.0.0.2")).toBe("203.0.113.9");
  });

  it("takes the leftmost address when all are trusted", () => {
    expect(xff("10.0.0.4, 10.0.0.3")).toBe("10.0.0.4");
  });

  it.each([
    ["203.0.113.9:4711", "203.0.113.9"],
    ["2001:db8::7", "2001:db8::7"],
    ["[2001:db8::7]", "2001:db8::7"],
    ["[2001:db8::7]:4711", "2001:db8::7"],
    ["::ffff:203.0.113.9", "::ffff:203.0.113.9"],
  ])("reads %s", (value, address) => {
    expect(xff(value)).toBe(address);
  });

  it.each([
    "",
    "unknown",
    "203.0.113",
    "0203.0.113.9",
    "203.0.113.9:",
    "203.0.113.9:port",
    "203.0.113.9:123456",
    "[203.0.113.9]",
    "[2001:db8::7",
    "[1::2::3]",
    "1::2::3",
    "fe80::1%<script>",
    '"203.0.113.9"',
    "203.0.113.9 1.1.1.1",
  ])("ends the walk at the last good address before %j", (value) => {
    expect(xff(`1.1.1.1, ${value}, 10.0.0.3`)).toBe("10.0.0.3");
    expect(xff(value)).toBe("10.0.0.1");
  });

  it("believes the scheme and the host that the trusted proxy wrote", () => {
    const raw = [
      "X-Forwarded-For",
      "203.0.113.9",
      "X-Forwarded-Proto",
      "https",
      "X-Forwarded-Host",
      "app.example.com:8443",
    ];
    expect(find("x-forwarded-for", raw)).toEqual({
      address: "203.0.113.9",
      secure: true,
      host: "app.example.com:8443",
    });
    expect(find("x-forwarded-for", ["X-Forwarded-Proto", "WSS"]).secure).toBe(true);
    expect(find("x-forwarded-for", ["X-Forwarded-Proto", "http"], "10.0.0.1", true).secure).toBe(false);
    expect(find("x-forwarded-for", ["X-Forwarded-Proto", "gopher"], "10.0.0.1", true).secure).toBe(false);
  });

  it("takes the scheme of the hop that met the client, not what a client put in front", () => {
    const hops = ["X-Forwarded-For", "203.0.113.9, 10.0.0.2"];
    expect(find("x-forwarded-for", [...hops, "X-Forwarded-Proto", "https, http"]).secure).toBe(true);
    expect(find("x-forwarded-for", [...hops, "X-Forwarded-Proto", "https, http, http"]).secure).toBe(false);
    expect(find("x-forwarded-for", [...hops, "X-Forwarded-Proto", "https"]).secure).toBe(true);
    expect(find("x-forwarded-for", ["X-Forwarded-Proto", "https, http"]).secure).toBe(false);
  });

  it.each(["", "user@app.example.com", "app.example.com/x", "a b", "app.example.com:0"])(
    "leaves out a host that is none: %j",
    (host) => {
      expect(find("x-forwarded-for", ["X-Forwarded-Host", host])).not.toHaveProperty("host");
    },
  );
});

describe("believedClient with forwarded", () => {
  it.each([
    ["for=203.0.113.9", "203.0.113.9"],
    ["For=203.0.113.9;by=10.0.0.1", "203.0.113.9"],
    ['for="203.0.113.9:4711"', "203.0.113.9"],
    ['for="203.0.113.9:_port"', "203.0.113.9"],
    ['for="[2001:db8:cafe::17]:4711"', "2001:db8:cafe::17"],
    ['for="[2001:db8:cafe::17]"', "2001:db8:cafe::17"],
    ['by="[::1]:80" ; for = "203.0.113.9" ; secret="a,b;c"', "203.0.113.9"],
    ['for=1.1.1.1, for="203.0.113.9", for=10.0.0.2', "203.0.113.9"],
  ])("reads %s (RFC 7239 4 and 6)", (value, address) => {
    expect(fwd(value)).toBe(address);
  });

  it.each([
    "for=unknown",
    "for=_hidden",
    "by=10.0.0.9",
    "for=203.0.113.9:4711",
    "for=[2001:db8::7]",
    'for="2001:db8::7"',
    'for="[203.0.113.9]"',
    String.raw`for="203.0.113.\9"`,
    'for="203.0.113.9',
    'for=203.0.113.9"',
    'for="',
    'for=""',
    "for=",
    "for",
    "=203.0.113.9",
    "203.0.113.9",
    "for=203.0.113.9;for=203.0.113.8",
    "for=203.0.113.9;;proto=https",
    "f or=203.0.113.9",
    "",
  ])("ends the walk at the last good address before %j", (value) => {
    expect(fwd(`for=1.1.1.1, ${value}, for=10.0.0.3`)).toBe("10.0.0.3");
    expect(fwd(value)).toBe("10.0.0.1");
  });

  it.each(['for="x', 'for=";', String.raw`for="\"`, '"', 'for="a, b'])(
    "is not misled by the open quote of a client: %j",
    (planted) => {
      expect(fwd(`${planted}, for=203.0.113.9`)).toBe("203.0.113.9");
      expect(fwd(`${planted}, for="[2001:db8::7]:80"`)).toBe("2001:db8::7");
      expect(fwd(planted, "for=203.0.113.9")).toBe("203.0.113.9");
    },
  );

  it("takes scheme and host of the hop that met the client", () => {
    const value =
      "for=1.1.1.1;proto=http;host=evil.example, for=203.0.113.9;proto=https;host=app.example.com, for=10.0.0.2;proto=http";
    expect(find("forwarded", ["Forwarded", value])).toEqual({
      address: "203.0.113.9",
      secure: true,
      host: "app.example.com",
    });
  });

  it("takes the scheme of a hop that hides its client (RFC 7239 6.3)", () => {
    expect(find("forwarded", ["Forwarded", "for=unknown;proto=https"])).toEqual({
      address: "10.0.0.1",
      secure: true,
    });
    expect(find("forwarded", ["Forwarded", 'for=unknown;host="[2001:db8::7]:8443"']).host).toBe(
      "[2001:db8::7]:8443",
    );
  });
});

describe("believedClient, whatever it is sent", () => {
  const line = fc.array(
    fc.constantFrom(
      "for=",
      "10.0.0.2",
      "203.0.113.9",
      '"',
      ",",
      ";",
      "\\",
      "[",
      "]",
      ":",
      "=",
      " ",
      "::1",
      "proto=https",
      "x",
    ),
    { maxLength: 40 },
  );
  const lines = fc.array(
    line.map((parts) => parts.join("")),
    { maxLength: 4 },
  );

  it("never throws, and never believes what stands left of the proxy's own entry", () => {
    fc.assert(
      fc.property(lines, (planted) => {
        const own = [...planted, "for=198.51.100.1"].join(",");
        expect(fwd(...planted, "for=198.51.100.1")).toBe("198.51.100.1");
        expect(fwd(own)).toBe("198.51.100.1");
        expect(xff(...planted, "198.51.100.1")).toBe("198.51.100.1");
        expect(typeof fwd(...planted)).toBe("string");
      }),
    );
  });

  it.each(["for=10.0.0.2,", 'for="10.0.0.2",', ",", ";", '"', "for=10.0.0.2;", "[", " "])(
    "takes time in proportion to the length of %j repeated",
    (part) => {
      const value = part.repeat(200_000 / part.length);
      expect(fastestOf(() => [fwd(value), xff(value)])).toBeLessThan(1000);
    },
  );
});
