import { STATUS_CODES } from "node:http";
import { describe, expect, it } from "vitest";
import { errors } from "../errors.ts";
import { reasonPhrase } from "./reason-phrase.ts";

describe("reasonPhrase", () => {
  it("knows every status of the registry, by the name that HTTP gives it (RFC 9110 15)", () => {
    const statuses = new Set(Object.values(errors).map((row) => row.status ?? 101));
    expect(statuses.size).toBeGreaterThan(10);
    for (const status of statuses) expect(reasonPhrase(status)).toBe(STATUS_CODES[status]);
  });

  it.each([301, 302, 303, 307, 308, 402, 406, 409, 410, 422, 451, 501])(
    "knows an application's %d",
    (status) => {
      expect(reasonPhrase(status)).toBe(STATUS_CODES[status]);
    },
  );

  it("has a neutral phrase for any other", () => {
    expect(reasonPhrase(599)).toBe("Error");
  });
});
