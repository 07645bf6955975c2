import { BlockList } from "node:net";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addressKey, createAddressTable, parseRange, rangeOfAddress, subnetOf } from "./address-table.ts";

function cidrOf(text: string): string {
  const parsed = parseRange(text);
  return parsed.ok ? parsed.range.cidr : parsed.problem;
}

describe("parseRange", () => {
  it.each([
    ["192.0.2.7", "192.0.2.7/32"],
    ["10.0.0.0/8", "10.0.0.0/8"],
    ["0.0.0.0/0", "0.0.0.0/0"],
    ["::/0", "::/0"],
    ["2001:DB8::/32", "2001:db8::/32"],
    ["2001:db8::1", "2001:db8::1/128"],
    ["::1", "::1/128"],
    ["::ffff:192.0.2.7", "192.0.2.7/32"],
    ["::ffff:c000:207", "192.0.2.7/32"],
    ["::ffff:10.0.0.0/104", "10.0.0.0/8"],
    ["::ffff:0:0/96", "0.0.0.0/0"],
    ["64:ff9b::/96", "64:ff9b::/96"],
  ])("reads %s as %s (RFC 4291 2.2, RFC 4632 3.1)", (text, cidr) => {
    expect(cidrOf(text)).toBe(cidr);
  });

  it.each([
    "",
    "/8",
    "10",
    "10.0.0",
    "010.0.0.1",
    "0x0a.0.0.1",
    "1.2.3.256",
    " 10.0.0.1",
    "10.0.0.1:80",
    "[::1]",
    "fe80::1%eth0",
    "::192.0.2.1",
    "app.example.com",
    "1::2::3",
  ])("refuses %j, which is no address in its one usual form", (text) => {
    expect(cidrOf(text)).toContain("is not an IP address");
  });

  it.each([
    ["10.0.0.0/33", "from 0 to 32"],
    ["10.0.0.0/", "from 0 to 32"],
    ["10.0.0.0/08", "from 0 to 32"],
    ["10.0.0.0/8/8", "from 0 to 32"],
    ["10.0.0.0/255.0.0.0", "from 0 to 32"],
    ["10.0.0.0/-1", "from 0 to 32"],
    ["2001:db8::/129", "from 0 to 128"],
    ["::ffff:0:0/129", "from 0 to 128"],
    ["::ffff:0:0/95", "write /96 or more"],
  ])("refuses the prefix of %s", (text, why) => {
    expect(cidrOf(text)).toContain(why);
  });

  it.each([
    ["10.1.2.3/8", "write 10.0.0.0/8"],
    ["2001:db8::1/32", "write 2001:db8::/32"],
    ["::ffff:10.1.2.3/104", "write 10.0.0.0/8"],
  ])("refuses bits behind the prefix of %s and names the range that was meant", (text, mend) => {
    expect(cidrOf(text)).toContain(mend);
  });

  it("never throws, and reads its own canonical form back", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.ipV4Extended(), fc.ipV6()), (text) => {
        const parsed = parseRange(text);
        expect(parsed.ok ? cidrOf(parsed.range.cidr) : parsed.problem).toBe(cidrOf(text));
      }),
    );
  });
});

describe("addressKey", () => {
  it.each([
    ["192.0.2.7", "192.0.2.7"],
    ["::ffff:192.0.2.7", "192.0.2.7"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
    ["2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"],
    ["fe80::1%eth0", "fe80::/64"],
    ["", "unknown"],
    ["10.0.0.0/8", "unknown"],
  ])("counts %j as %s", (address, key) => {
    expect(addressKey(address)).toBe(key);
  });

  it("is a range that can be banned, for every IPv6 address", () => {
    fc.assert(
      fc.property(fc.ipV6(), (address) => {
        fc.pre(rangeOfAddress(address) !== null);
        expect(parseRange(addressKey(address)).ok).toBe(true);
      }),
    );
  });
});

describe("rangeOfAddress", () => {
  it("is the range of one address, without its zone", () => {
    expect(rangeOfAddress("fe80::1%eth0")?.cidr).toBe("fe80::1/128");
    expect(rangeOfAddress("::ffff:192.0.2.7")?.cidr).toBe("192.0.2.7/32");
  });

  it("is null for a range and for what is no address", () => {
    expect(rangeOfAddress("10.0.0.0/8")).toBeNull();
    expect(rangeOfAddress("")).toBeNull();
  });
});

// Few different bits, so that ranges nest and addresses hit them.
const ipv4 = fc
  .tuple(...[10, 10, 4, 4].map((max) => fc.constantFrom(0, 1, 127, 128, 255, max)))
  .map((bytes) => bytes.join("."));
const ipv6 = fc
  .tuple(...Array.from({ length: 8 }, () => fc.constantFrom("0", "1", "8000", "ffff")))
  .map((words) => words.join(":"))
  .filter((text) => !text.startsWith("0:0:0:0:0:ffff:"));

interface Written {
  readonly network: string;
  readonly prefix: number;
  readonly family: "ipv4" | "ipv6";
}

function networkOf(address: string, prefix: number): string {
  return /write (.+)\//.exec(cidrOf(`${address}/${prefix}`))?.[1] ?? address;
}

const ranges: fc.Arbitrary<Written> = fc.oneof(
  fc.tuple(ipv4, fc.nat(32)).map(([address, prefix]) => {
    return { network: networkOf(address, prefix), prefix, family: "ipv4" as const };
  }),
  fc
    .tuple(ipv6, fc.nat(128))
    .map(([address, prefix]) => ({ network: networkOf(address, prefix), prefix, family: "ipv6" as const }))
    // The network of a mapped address is not IPv6 to us; to the oracle it is both.
    .filter(({ network }) => !network.startsWith("::ffff:")),
);

describe("createAddressTable", () => {
  it("finds what node:net's BlockList finds, for any ranges and addresses", () => {
    let hits = 0;
    fc.assert(
      fc.property(
        fc.array(ranges, { maxLength: 12 }),
        fc.array(fc.oneof(ipv4, ipv6), { minLength: 1 }),
        (set, asked) => {
          const table = createAddressTable(set.map(({ network, prefix }) => `${network}/${prefix}`));
          // One oracle for each family: a single BlockList lets ::/0 cover IPv4, which ours does not.
          const oracles = { ipv4: new BlockList(), ipv6: new BlockList() };
          for (const { network, prefix, family } of set) oracles[family].addSubnet(network, prefix, family);
          for (const address of asked) {
            const family = address.includes(":") ? "ipv6" : "ipv4";
            const expected = oracles[family].check(address, family);
            hits += Number(expected);
            expect(table.find(address) !== null).toBe(expected);
          }
        },
      ),
      { numRuns: 300 },
    );
    expect(hits).toBeGreaterThan(100);
  });

  it("answers with a range that covers the address, the widest of those that nest", () => {
    const table = createAddressTable([
      "10.1.0.0/16",
      "10.0.0.0/8",
      "10.0.0.0/9",
      "10.0.0.0/8",
      "192.0.2.7",
      "2001:db8::/32",
    ]);
    expect(table.size).toBe(3);
    expect(table.find("10.1.2.3")).toBe("10.0.0.0/8");
    expect(table.find("192.0.2.7")).toBe("192.0.2.7/32");
    expect(table.find("2001:db8:ffff::1")).toBe("2001:db8::/32");
  });

  it("finds the first and the last address of a range, and nothing beside them", () => {
    const table = createAddressTable(["10.0.0.4/30", "2001:db8::/126"]);
    expect(["10.0.0.3", "10.0.0.4", "10.0.0.7", "10.0.0.8"].map((text) => table.find(text) !== null)).toEqual(
      [false, true, true, false],
    );
    expect(
      ["2001:db7::", "2001:db8::", "2001:db8::3", "2001:db8::4"].map((text) => table.find(text) !== null),
    ).toEqual([false, true, true, false]);
  });

  it("takes an IPv4-mapped address for its IPv4 address, and keeps ::/0 to IPv6 (RFC 4291 2.5.5.2)", () => {
    expect(createAddressTable(["10.0.0.0/8"]).find("::ffff:10.1.2.3")).toBe("10.0.0.0/8");
    expect(createAddressTable(["::/0"]).find("::ffff:10.1.2.3")).toBeNull();
  });

  it("finds nothing in an empty table, and nothing for what is no address", () => {
    expect(createAddressTable([]).find("10.0.0.1")).toBeNull();
    expect(createAddressTable(["0.0.0.0/0", "::/0"]).find("unknown")).toBeNull();
    expect(createAddressTable(["fe80::/10"]).find("fe80::1%eth0")).toBe("fe80::/10");
  });

  it("throws for a range that configuration should have refused", () => {
    expect(() => createAddressTable(["10.0.0.1/8"])).toThrow(RangeError);
  });
});

describe("subnetOf", () => {
  it("is the subnet of so many bits that an address is in, and null for what is none (RFC 4632)", () => {
    const bits = { 4: 24, 6: 48 } as const;
    expect(subnetOf("203.0.113.77", bits)).toBe("203.0.113.0/24");
    expect(subnetOf("::ffff:203.0.113.77", bits)).toBe("203.0.113.0/24");
    expect(subnetOf("2001:db8:1:2::3%eth0", bits)).toBe("2001:db8:1::/48");
    expect(subnetOf("unix", bits)).toBeNull();
  });
});
