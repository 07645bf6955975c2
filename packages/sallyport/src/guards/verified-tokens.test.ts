import { describe, expect, it } from "vitest";
import { VerifiedTokens } from "./verified-tokens.ts";

const until = (expiresAt: number | null, user = "u") => ({
  claims: { sub: user },
  user,
  tenant: null,
  expiresAt,
});

describe("VerifiedTokens", () => {
  it("returns what a token said until it ends, and forgets it then", () => {
    const tokens = new VerifiedTokens();
    tokens.remember("a", until(1000));
    expect(tokens.get("a", 999)).toEqual(until(1000));
    expect(tokens.get("a", 1000)).toBeNull();
    expect(tokens.size).toBe(0);
  });

  it("never returns one token's claims for another", () => {
    const tokens = new VerifiedTokens();
    tokens.remember("a", until(1000, "alice"));
    tokens.remember("b", until(1000, "bob"));
    expect(tokens.get("a", 0)?.user).toBe("alice");
    expect(tokens.get("b", 0)?.user).toBe("bob");
    expect(tokens.get("A", 0)).toBeNull();
  });

  it("does not remember a token without an end", () => {
    const tokens = new VerifiedTokens();
    tokens.remember("a", until(null));
    expect(tokens.size).toBe(0);
  });

  it("keeps its bound by forgetting what was seen longest ago", () => {
    const tokens = new VerifiedTokens(2);
    tokens.remember("a", until(1000));
    tokens.remember("b", until(1000));
    tokens.get("a", 0);
    tokens.remember("c", until(1000));
    expect(tokens.size).toBe(2);
    expect(tokens.get("b", 0)).toBeNull();
    expect(tokens.get("a", 0)).not.toBeNull();
  });
});
