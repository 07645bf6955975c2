import { describe, expect, it } from "vitest";
import { isLoopback } from "./loopback.ts";

describe("isLoopback", () => {
  it.each(["localhost", "127.0.0.1", "127.255.255.254", "::1", "0:0:0:0:0:0:0:1"])(
    "holds for %s (RFC 6890)",
    (host) => {
      expect(isLoopback(host)).toBe(true);
    },
  );

  it.each(["0.0.0.0", "::", "128.0.0.1", "app.internal", "localhost.example.com", ""])(
    "does not hold for %j",
    (host) => {
      expect(isLoopback(host)).toBe(false);
    },
  );
});
