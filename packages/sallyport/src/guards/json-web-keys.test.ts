import { generateKeyPairSync } from "node:crypto";
import { mkdtemp, rm, utimes, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { GateEvent, SallyportEvent } from "../events.ts";
import { parseJsonWebKeySet } from "./json-web-key-set.ts";
import { FETCH_TIMEOUT_MS } from "./bounded-fetch.ts";
import {
  FILE_POLL_MS,
  FIRST_RETRY_MS,
  loadFileKeys,
  loadRemoteKeys,
  MAX_KEY_SET_BYTES,
  MAX_RETRY_MS,
  REFRESH_MS,
  RENEW_COOLDOWN_MS,
} from "./json-web-keys.ts";

const URL_TEXT = "https://id.example.com/jwks.json?secret=x";

const publicKey = () => generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey;

function jwks(...kids: string[]): string {
  const keys = kids.map((kid) => Object.assign(publicKey().export({ format: "jwk" }), { kid }));
  return JSON.stringify({ keys });
}

const events: GateEvent[] = [];
const emit = (event: SallyportEvent): void => {
  if (event.type === "gate") events.push(event);
};
let wall = 0;
const wallNow = (): number => wall;
const told = (): string[] => events.map(({ level, message }) => `${level} ${message}`);

/** A provider whose answer can be changed, and that counts how often it was asked. */
function provider(answer: () => Response | Promise<Response>) {
  const state = { answer, asked: 0 };
  const fetch = (async (_url: unknown, init?: RequestInit) => {
    state.asked += 1;
    return Promise.race([
      state.answer(),
      new Promise<never>((_resolve, reject) => {
        init?.signal?.addEventListener("abort", () => reject(init.signal?.reason as Error));
      }),
    ]);
  }) as typeof globalThis.fetch;
  return { state, fetch };
}

const ok = (text: string) => () => new Response(text);

beforeEach(() => {
  events.length = 0;
  wall = 0;
});

describe("loadRemoteKeys", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("loads the keys at the start, without following redirects", async () => {
    const inits: (RequestInit | undefined)[] = [];
    const fetch = (async (_url: unknown, init?: RequestInit) => {
      inits.push(init);
      return new Response(jwks("a"));
    }) as typeof globalThis.fetch;
    const keys = await loadRemoteKeys(URL_TEXT, { fetch, emit, wallNow });
    expect((await keys.current(0))?.find("a", "ES256")).not.toBeNull();
    expect(keys.status()).toEqual({ ready: true, problem: null });
    expect(inits[0]?.redirect).toBe("manual");
    expect(events).toEqual([]);
    keys.dispose();
  });

  it("starts not ready when the provider is down, tries again with growing pauses, and tells it twice (A20)", async () => {
    const { state, fetch } = provider(() =>
      Promise.reject(new TypeError("fetch failed", { cause: new Error("ECONNREFUSED") })),
    );
    const keys = await loadRemoteKeys(URL_TEXT, { fetch, emit, wallNow });
    expect(await keys.current(0)).toBeNull();
    expect(keys.status()).toEqual({
      ready: false,
      problem: "https://id.example.com/jwks.json fetch failed: ECONNREFUSED",
    });
    await vi.advanceTimersByTimeAsync(FIRST_RETRY_MS);
    expect(state.asked).toBe(2);
    await vi.advanceTimersByTimeAsync(FIRST_RETRY_MS);
    expect(state.asked).toBe(2);
    await vi.advanceTimersByTimeAsync(FIRST_RETRY_MS);
    expect(state.asked).toBe(3);
    await vi.advanceTimersByTimeAsync(600_000);
    const before = state.asked;
    await vi.advanceTimersByTimeAsync(MAX_RETRY_MS);
    expect(state.asked).toBe(before + 1);
    state.answer = ok(jwks("a"));
    await vi.advanceTimersByTimeAsync(MAX_RETRY_MS);
    expect(keys.status()).toEqual({ ready: true, problem: null });
    expect(told()).toEqual([
      "error identity: the keys could not be loaded",
      "info identity: the keys can be loaded again",
    ]);
    keys.dispose();
  });

  it.each([
    ["a 500", () => new Response("{}", { status: 500 }), "answered 500"],
    [
      "a redirect",
      () => new Response(null, { status: 302, headers: { location: "http://evil/" } }),
      "answered 302",
    ],
    ["a 201", () => new Response(jwks("b"), { status: 201 }), "answered 201"],
    ["HTML", ok("<html>"), "is not JSON"],
    ["no body", () => new Response(null), "is not JSON"],
    ["too much", ok("x".repeat(MAX_KEY_SET_BYTES + 1)), "answered more than 262144 bytes"],
    ["only a shared secret", ok('{"keys":[{"kty":"oct","k":"AA"}]}'), "no key that can verify"],
    // oxlint-disable-next-line prefer-promise-reject-errors -- a fetch may reject with anything
    ["a rejection that is no Error", () => Promise.reject("odd"), "odd"],
  ])("keeps the old keys when a refresh gives %s (A21)", async (_name, answer, problem) => {
    const { state, fetch } = provider(ok(jwks("a")));
    const keys = await loadRemoteKeys(URL_TEXT, { fetch, emit, wallNow });
    const before = await keys.current(0);
    state.answer = answer;
    await vi.advanceTimersByTimeAsync(REFRESH_MS);
    expect(state.asked).toBe(2);
    expect(await keys.current(0)).toBe(before);
    expect(keys.status().ready).toBe(true);
    expect(keys.status().problem).toContain(problem);
    expect(told()).toEqual(["warn identity: the keys could not be refreshed, the old ones stay"]);
    keys.dispose();
  });

  it("gives up on an answer that takes too long (A21)", async () => {
    const { fetch } = provider(() => new Promise<Response>(() => undefined));
    const loading = loadRemoteKeys(URL_TEXT, { fetch, emit, wallNow });
    await vi.advanceTimersByTimeAsync(FETCH_TIMEOUT_MS);
    const keys = await loading;
    expect(keys.status().problem).toContain("did not answer in 5000 ms");
    keys.dispose();
  });

  it("refreshes every ten minutes, and keeps the same object for the same keys", async () => {
    const first = jwks("a");
    const { state, fetch } = provider(ok(first));
    const keys = await loadRemoteKeys(URL_TEXT, { fetch, emit, wallNow });
    const before = await keys.current(0);
    await vi.advanceTimersByTimeAsync(REFRESH_MS);
    expect(state.asked).toBe(2);
    expect(await keys.current(0)).toBe(before);
    state.answer = ok(jwks("b"));
    await vi.advanceTimersByTimeAsync(REFRESH_MS);
    expect((await keys.current(0))?.find("a", "ES256")).toBeNull();
    expect((await keys.current(0))?.find("b", "ES256")).not.toBeNull();
    keys.dispose();
  });

  it("fetches once for any number of unknown key ids in a minute, shared by all who wait (A22, A23)", async () => {
    const { state, fetch } = provider(ok(jwks("a")));
    const keys = await loadRemoteKeys(URL_TEXT, { fetch, emit, wallNow });
    state.answer = ok(jwks("a", "b"));
    const sets = await Promise.all(Array.from({ length: 100 }, () => keys.renew(0)));
    expect(state.asked).toBe(2);
    expect(sets.every((set) => set?.find("b", "ES256") !== null)).toBe(true);
    await keys.renew(RENEW_COOLDOWN_MS - 1);
    expect(state.asked).toBe(2);
    await keys.renew(RENEW_COOLDOWN_MS);
    expect(state.asked).toBe(3);
    keys.dispose();
  });

  it("tells which keys it refused, without key material", async () => {
    const document = JSON.parse(jwks("a")) as { keys: unknown[] };
    document.keys.push({ kty: "oct", k: "c2VjcmV0" });
    const { fetch } = provider(ok(JSON.stringify(document)));
    const keys = await loadRemoteKeys(URL_TEXT, { fetch, emit, wallNow });
    expect(told()).toEqual(["warn identity: keys were refused"]);
    expect(JSON.stringify(events)).not.toContain("c2VjcmV0");
    keys.dispose();
  });

  it("asks nobody any more once it is disposed", async () => {
    const { state, fetch } = provider(ok(jwks("a")));
    const keys = await loadRemoteKeys(URL_TEXT, { fetch, emit, wallNow });
    keys.dispose();
    await vi.advanceTimersByTimeAsync(10 * REFRESH_MS);
    expect(state.asked).toBe(1);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("says nothing when it is disposed in the middle of a fetch, answered or not", async () => {
    const { state, fetch } = provider(ok(jwks("a")));
    const keys = await loadRemoteKeys(URL_TEXT, { fetch, emit, wallNow });
    state.answer = () => new Promise<Response>(() => undefined);
    const renewing = keys.renew(0);
    keys.dispose();
    await renewing;
    expect(events).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("goes on with known keys for `keepMs` of failures, then has none, says so once, and recovers (A20)", async () => {
    const { state, fetch } = provider(ok(jwks("a")));
    const keys = await loadRemoteKeys(URL_TEXT, { fetch, emit, wallNow, keepMs: 5000 });
    state.answer = () => new Response("", { status: 500 });
    await keys.renew(0);
    wall = 4999;
    expect(await keys.current(0)).not.toBeNull();
    expect(keys.status()).toMatchObject({ ready: true });
    wall = 5000;
    expect(await keys.current(0)).toBeNull();
    expect(keys.status()).toMatchObject({ ready: false });
    expect(told()).toEqual([
      "warn identity: the keys could not be refreshed, the old ones stay",
      "error identity: the keys are too old to go on with",
    ]);
    state.answer = ok(jwks("a"));
    await keys.renew(RENEW_COOLDOWN_MS);
    expect((await keys.current(0))?.find("a", "ES256")).not.toBeNull();
    keys.dispose();
  });

  it("asks a location for the address before each fetch, and fails with it", async () => {
    const urls: string[] = [];
    const fetch = (async (url: unknown) => {
      urls.push(String(url));
      return new Response(jwks("a"));
    }) as typeof globalThis.fetch;
    const found = ["https://one.example.com/jwks", "https://two.example.com/jwks"];
    const location = {
      name: "https://id.example.com",
      find: async () => found.shift() ?? Promise.reject(new Error("has no metadata")),
    };
    const keys = await loadRemoteKeys(location, { fetch, emit, wallNow });
    await keys.renew(0);
    await keys.renew(RENEW_COOLDOWN_MS);
    expect(urls).toEqual(["https://one.example.com/jwks", "https://two.example.com/jwks"]);
    expect(keys.status()).toEqual({ ready: true, problem: "https://id.example.com has no metadata" });
    keys.dispose();
  });

  it("sets no timer when the answer comes as it is disposed", async () => {
    const answered = Promise.withResolvers<Response>();
    const fetch = (() => answered.promise) as typeof globalThis.fetch;
    const loading = loadRemoteKeys(URL_TEXT, { fetch, emit, wallNow });
    answered.resolve(new Response(jwks("a")));
    const keys = await loading;
    const late = Promise.withResolvers<Response>();
    const stubborn = await loadRemoteKeys(URL_TEXT, {
      fetch: vi
        .fn<typeof globalThis.fetch>()
        .mockResolvedValueOnce(new Response(jwks("a")))
        .mockReturnValueOnce(late.promise),
      emit,
      wallNow,
    });
    const renewing = stubborn.renew(0);
    // By then it has asked, and does not heed that it is given up.
    await vi.advanceTimersByTimeAsync(1);
    stubborn.dispose();
    late.resolve(new Response(jwks("b")));
    await renewing;
    keys.dispose();
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("loadRemoteKeys with a real server", () => {
  it("does not follow a redirect to another address (A21)", async () => {
    const asked: string[] = [];
    const server = createServer((request, response) => {
      asked.push(request.url ?? "");
      response.writeHead(302, { location: "/canary" }).end();
    });
    await new Promise<void>((resolve) => {
      server.listen(0, "127.0.0.1", resolve);
    });
    const address = server.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const keys = await loadRemoteKeys(`http://127.0.0.1:${port}/jwks`, {
      fetch: globalThis.fetch,
      emit,
      wallNow,
    });
    expect(keys.status().problem).toContain("answered 302");
    expect(asked).toEqual(["/jwks"]);
    keys.dispose();
    server.closeAllConnections();
    server.close();
  });
});

const parse = (bytes: Buffer) => parseJsonWebKeySet(bytes.toString("utf8"));

describe("loadFileKeys", () => {
  let directory = "";
  let file = "";
  let stamp = 1_700_000_000;
  const write = async (text: string): Promise<void> => {
    await writeFile(file, text);
    stamp += 10;
    await utimes(file, stamp, stamp);
  };

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "sallyport-keys-"));
    file = join(directory, "jwks.json");
  });
  afterEach(() => rm(directory, { recursive: true }));

  it("reads the file again when it has changed, looking at most once a second", async () => {
    await write(jwks("a"));
    const keys = await loadFileKeys(file, parse, { emit, wallNow });
    const before = await keys.current(0);
    expect(before?.find("a", "ES256")).not.toBeNull();
    await write(jwks("b"));
    expect(await keys.renew(FILE_POLL_MS - 1)).toBe(before);
    expect((await keys.renew(FILE_POLL_MS))?.find("b", "ES256")).not.toBeNull();
    expect(keys.status()).toEqual({ ready: true, problem: null });
  });

  it("keeps the old keys while the file is bad, and tells it once", async () => {
    await write(jwks("a"));
    const keys = await loadFileKeys(file, parse, { emit, wallNow });
    const before = await keys.current(0);
    await write("{");
    expect(await keys.current(1000)).toBe(before);
    expect(await keys.current(2000)).toBe(before);
    expect(keys.status()).toEqual({ ready: true, problem: `${file} is not JSON` });
    await write(jwks("c"));
    expect((await keys.current(3000))?.find("c", "ES256")).not.toBeNull();
    expect(told()).toEqual([
      "warn identity: the keys could not be refreshed, the old ones stay",
      "info identity: the keys can be loaded again",
    ]);
  });

  it("throws at the start when the file is missing, too large or no file, and names it", async () => {
    await expect(loadFileKeys(file, parse, { emit, wallNow })).rejects.toThrow(`${file} ENOENT`);
    await write(" ".repeat(MAX_KEY_SET_BYTES + 1));
    await expect(loadFileKeys(file, parse, { emit, wallNow })).rejects.toThrow("is not a file of at most");
    await expect(loadFileKeys(directory, parse, { emit, wallNow })).rejects.toThrow("is not a file");
  });

  it("looks at the file no more once it is disposed", async () => {
    await write(jwks("a"));
    const keys = await loadFileKeys(file, parse, { emit, wallNow });
    const before = await keys.current(0);
    keys.dispose();
    await write(jwks("b"));
    expect(await keys.current(10_000)).toBe(before);
  });
});
