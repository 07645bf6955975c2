import { mkdtemp, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createLocalJWKSet, jwtVerify, type JSONWebKeySet } from "jose";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { developmentKeys, signDevelopmentToken } from "./development-issuer.ts";

let parent = "";
let directory = "";
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), "sallyport-issuer-"));
  directory = join(parent, "issuer");
});
afterEach(async () => await rm(parent, { recursive: true }));

const NOW = 1_700_000_000_000;
const sign = async (): Promise<string> =>
  await signDevelopmentToken(directory, {
    user: "ada",
    claims: { rooms: ["attic"] },
    audience: ["api", "sallyport"],
    lifeMs: 60_000,
    wallNow: NOW,
  });

async function keySet(): Promise<JSONWebKeySet> {
  // What it holds is what is tested.
  // eslint-disable-next-line typescript/no-unsafe-type-assertion
  return JSON.parse(await readFile(await developmentKeys(directory), "utf8")) as JSONWebKeySet;
}

describe("signDevelopmentToken", () => {
  it("signs what the published keys verify (RFC 7519)", async () => {
    const { payload } = await jwtVerify(await sign(), createLocalJWKSet(await keySet()), {
      currentDate: new Date(NOW),
    });
    expect(payload).toMatchObject({
      iss: "urn:sallyport:development",
      sub: "ada",
      aud: ["sallyport", "api"],
      rooms: ["attic"],
      iat: NOW / 1000,
      exp: NOW / 1000 + 60,
    });
  });

  it("keeps its key to its owner, and from the published keys", async () => {
    await sign();
    expect((await stat(join(directory, "issuer-key.json"))).mode & 0o777).toBe(0o600);
    expect((await stat(directory)).mode & 0o777).toBe(0o700);
    expect((await keySet()).keys[0]).not.toHaveProperty("d");
  });

  it("ends up with one key, however many start at the same time", async () => {
    const tokens = await Promise.all(Array.from({ length: 8 }, sign));
    const keys = createLocalJWKSet(await keySet());
    for (const token of tokens) await jwtVerify(token, keys, { currentDate: new Date(NOW) });
    expect((await keySet()).keys).toHaveLength(1);
  });

  it.each(["{", "{}", JSON.stringify({ kty: "oct", k: "c2VjcmV0" })])(
    "refuses the damaged key %s, and makes no other in silence",
    async (text) => {
      await sign();
      await writeFile(join(directory, "issuer-key.json"), text);
      await expect(sign()).rejects.toThrow("is damaged: delete it");
    },
  );

  it("refuses a directory that is none of its own (CWE-59)", async () => {
    await symlink(parent, directory);
    await expect(sign()).rejects.toThrow("not a directory of this user");
  });
});
