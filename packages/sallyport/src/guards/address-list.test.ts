import { describe, expect, it } from "vitest";
import { addressList } from "./address-list.ts";

function problems(value: unknown): string[] {
  return addressList.safeParse(value).error?.issues.map(({ message }) => message) ?? [];
}

describe("addressList", () => {
  it("takes addresses and ranges", () => {
    expect(problems(["192.0.2.7", "10.0.0.0/8", "2001:db8::/32"])).toEqual([]);
  });

  it("refuses an empty list, a bare string and what is no text, and says what to write", () => {
    expect(problems([])).toEqual([expect.stringContaining("leave the list out")]);
    expect(problems("10.0.0.0/8")).toEqual([expect.stringContaining("expected a list")]);
    expect(problems([10])).toEqual([expect.stringContaining("expected an address")]);
  });

  it("names every wrong entry and its mend", () => {
    expect(problems(["10.1.2.3/8", "::1", "nowhere"])).toEqual([
      expect.stringContaining("write 10.0.0.0/8"),
      expect.stringContaining('"nowhere" is not an IP address'),
    ]);
  });
});
