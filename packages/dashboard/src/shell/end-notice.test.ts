import { describe, expect, it } from "vitest";

import { endNotice, WARNED_MS } from "./end-notice.ts";

const expiresAt = "2026-11-30T17:30:00.000Z";

describe("endNotice", () => {
  it("says two minutes before when a session ends, and how one goes on", () => {
    const { from, text, way } = endNotice({ by: "token", bound: "life", expiresAt });
    expect(from).toBe(Date.parse(expiresAt) - WARNED_MS);
    // In whatever zone the machine is.
    expect(text).toMatch(/^Your session ends at \d\d:\d\d:00\.$/);
    expect(way).toContain("token");
  });

  it("says why, where the provider's access token is what ends it", () => {
    const { text, way } = endNotice({ by: "oidc", bound: "provider", expiresAt });
    expect(text).toContain("cannot be asked any more who you are");
    expect(way).toContain("comes back");
    expect(endNotice({ by: "oidc", bound: "life", expiresAt }).text).not.toContain("provider");
  });
});
