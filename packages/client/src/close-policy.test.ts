import { describe, expect, it } from "vitest";
import { closeComesBack, incidentOf, statusComesBack } from "./close-policy.ts";

const codes = Array.from({ length: 4000 }, (_, index) => 1000 + index);

describe("closeComesBack", () => {
  it("comes back after 1001, 1005, 1006 and 1011 to 1013 alone, of all codes that are not the gate's", () => {
    for (const reason of ["", "bye", "sallyport:", "sallyport:not an incident", "xsallyport:abc"])
      expect(codes.filter((code) => closeComesBack(code, reason))).toEqual([
        1001, 1005, 1006, 1011, 1012, 1013,
      ]);
  });

  it("comes back after 4400 to 4499 too, and not from 4500 on, where the gate says that it closed", () => {
    const back = codes.filter((code) => closeComesBack(code, "sallyport:Ab_-9"));
    const own = Array.from({ length: 100 }, (_, index) => 4400 + index);
    expect(back).toEqual([1001, 1005, 1006, 1011, 1012, 1013, ...own]);
  });
});

describe("incidentOf", () => {
  it("reads the gate's reason, and takes nothing else for one", () => {
    expect(incidentOf("sallyport:Zx0_-aB12cde")).toBe("Zx0_-aB12cde");
    for (const reason of ["", "sallyport:", "sallyport:a b", "sallyport:a\n", `sallyport:${"a".repeat(65)}`])
      expect(incidentOf(reason)).toBeNull();
  });
});

describe("statusComesBack", () => {
  it("asks again after 408, 425, 429 and every 5xx (RFC 9110 15)", () => {
    const statuses = Array.from({ length: 400 }, (_, index) => 200 + index);
    const back = statuses.filter(statusComesBack);
    expect(back).toEqual([408, 425, 429, ...Array.from({ length: 100 }, (_, index) => 500 + index)]);
  });
});
