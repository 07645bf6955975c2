import { brotliCompressSync, gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { bundleClient } from "./bundle-client.ts";

describe("@sallyport/client", () => {
  it("has at most 5,000 bytes by gzip, and fewer by brotli, minified", async () => {
    const code = await bundleClient("index", true);
    expect(code.length).toBeGreaterThan(8000);
    expect(gzipSync(code, { level: 9 }).length).toBeLessThanOrEqual(5000);
    expect(brotliCompressSync(code).length).toBeLessThan(4700);
  });

  it.each([
    ["messages", 700],
    ["proof-key", 800],
    ["typed-socket", 800],
  ])("has a part that costs nobody who does not import it: %s, at most %i bytes", async (entry, most) => {
    const core = await bundleClient("index", true);
    const part = await bundleClient(entry, true);
    expect(gzipSync(part, { level: 9 }).length).toBeLessThanOrEqual(most);
    expect(core).not.toMatch(/asynchronous|ECDSA|nobody reads/);
  });
});
