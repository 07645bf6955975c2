import { randomBytes } from "node:crypto";

import { describe, expect, it } from "vitest";

import { localMasterKey, readMasterKey } from "./master-key.ts";

const bytes = Buffer.from(Array.from({ length: 32 }, (_, index) => index * 7));

describe("readMasterKey", () => {
  it.for(["base64", "base64url", "hex"] as const)("reads 32 bytes in %s", async (encoding) => {
    const read = readMasterKey(`${bytes.toString(encoding)}\n`);
    expect(read.ok && read.key.id).toBe(localMasterKey(bytes).id);
  });

  it.for([
    "",
    "\n",
    "hello",
    bytes.subarray(1).toString("hex"),
    "!".repeat(44),
    Buffer.alloc(32).toString("base64"),
  ])("refuses %o, and says how to make one", (text) => {
    expect(readMasterKey(text)).toMatchObject({
      ok: false,
      problem: expect.stringContaining("openssl rand"),
    });
  });
});

describe("localMasterKey", () => {
  it("unwraps what it wrapped, in its place; nothing else does", async () => {
    const [key, other] = [localMasterKey(bytes), localMasterKey(randomBytes(32))];
    const [here, there] = [Buffer.from("here"), Buffer.from("there")];
    const wrapped = await key.wrap(Buffer.from("secret"), here);
    expect(await key.unwrap(wrapped, here)).toEqual(Buffer.from("secret"));
    expect(await key.unwrap(wrapped, there)).toBeNull();
    expect(await other.unwrap(wrapped, here)).toBeNull();
    expect(await key.unwrap(wrapped.subarray(0, 20), here)).toBeNull();
    expect(key.id).not.toContain(bytes.toString("hex").slice(0, 8));
  });
});
