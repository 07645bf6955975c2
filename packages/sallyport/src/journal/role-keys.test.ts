import { randomBytes } from "node:crypto";

import { describe, expect, it } from "vitest";

import { classOf, mayRead, readerRoles, roleKeys, secretFor } from "./role-keys.ts";

describe("mayRead", () => {
  it("opens to each role what it is for, and nothing that is not there", () => {
    const open = readerRoles.map((role) =>
      (["none", "digest", "redacted", "full"] as const).filter((kind) => mayRead(role, kind)),
    );
    expect(open).toEqual([[], ["redacted"], ["digest", "redacted", "full"]]);
  });
});

describe("classOf", () => {
  it("counts a digest as whole content: who makes digests can try what was said", () => {
    expect((["digest", "redacted", "full"] as const).map(classOf)).toEqual(["full", "redacted", "full"]);
  });
});

describe("roleKeys", () => {
  const secret = randomBytes(32);

  it("gives a role the keys of the lower ones, the same as they have", () => {
    const all = roleKeys(secret);
    const analyst = roleKeys(secretFor("analyst", secret), "analyst");
    const viewer = roleKeys(secretFor("viewer", secret), "viewer");
    expect(analyst).toEqual({ ...all, full: null });
    expect(viewer).toEqual({ ...all, redacted: null, full: null });
    expect(secretFor("viewer", secretFor("analyst", secret), "analyst")).toEqual(secretFor("viewer", secret));
    expect(secretFor("investigator", secret)).toEqual(secret);
  });

  it("has a key of its own for everything", () => {
    const { metadata, redacted, full } = roleKeys(secret);
    const every = [
      ...[metadata, redacted, full].map((key) => Buffer.from(key ?? []).toString("hex")),
      ...readerRoles.map((role) => secretFor(role, secret).toString("hex")),
    ];
    expect(new Set(every).size).toBe(6);
    expect(every.every((key) => key.length === 64)).toBe(true);
  });
});
