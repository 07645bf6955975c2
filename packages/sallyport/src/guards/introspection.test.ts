import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { GateEvent } from "../events.ts";
import type { IntrospectionOptions } from "./identity-introspection-options.ts";
import { introspectionOptions } from "./identity-introspection-options.ts";
import {
  DISCOVER_AGAIN_MS,
  Introspection,
  MAX_ANSWER_BYTES,
  MAX_REMEMBERED,
  MAX_WAITING,
  readClientSecret,
  REFUSED_CACHE_MS,
} from "./introspection.ts";

const ENDPOINT = "https://id.example.com/introspect";
let directory = "";
let clientSecretFile = "";
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "sallyport-introspection-"));
  clientSecretFile = join(directory, "secret");
  await writeFile(clientSecretFile, "s:cret\n");
});
afterAll(() => rm(directory, { recursive: true }));

interface Asked {
  readonly url: string;
  readonly method: string | undefined;
  readonly authorization: string | null;
  readonly body: string;
}

/** An endpoint whose answer can be changed, a clock, and what was told. */
function endpoint(parts: Partial<IntrospectionOptions> = {}) {
  const asked: Asked[] = [];
  const events: GateEvent[] = [];
  const state = {
    now: 0,
    answer: (_url: string): Response | Promise<Response> => Response.json({ active: true, sub: "ada" }),
  };
  const fetch = (async (url: unknown, init?: RequestInit) => {
    const headers = new Headers(init?.headers);
    asked.push({
      url: String(url),
      method: init?.method,
      authorization: headers.get("authorization"),
      body: typeof init?.body === "string" ? init.body : "",
    });
    return state.answer(String(url));
  }) as typeof globalThis.fetch;
  const written = { endpoint: ENDPOINT, clientId: "gate", clientSecretFile };
  const options = { ...introspectionOptions.parse(written), ...parts };
  const introspection = new Introspection(options, {
    fetch,
    emit: (event) => void (event.type === "gate" && events.push(event)),
    wallNow: () => state.now,
  });
  return { asked, events, state, introspection };
}

const told = (events: readonly GateEvent[]): string[] =>
  events.map(({ level, message }) => `${level} ${message}`);

describe("Introspection", () => {
  // https://github.com/nodejs/node/issues/63785: V8 may take a name with an escape for one that it has read before.
  it("reads names as they are written, whatever was parsed before", async () => {
    const { state, introspection } = endpoint();
    JSON.parse('{"before":1,"\\\\":1}');
    state.answer = () =>
      new Response('{"before":1,"\\u0061ctive":true,"sub":"ada"}', {
        headers: { "content-type": "application/json" },
      });
    expect(await introspection.ask("a")).toEqual({ kind: "active", members: { before: 1, sub: "ada" } });
  });

  it("posts the token with the client's own credentials (RFC 7662 2.1, RFC 6749 2.3.1)", async () => {
    const { asked, introspection } = endpoint();
    expect(await introspection.ask("tok en")).toEqual({ kind: "active", members: { sub: "ada" } });
    const [one] = asked;
    expect(one).toMatchObject({ url: ENDPOINT, method: "POST" });
    expect(Buffer.from(one?.authorization?.slice("Basic ".length) ?? "", "base64").toString()).toBe(
      "gate:s%3Acret",
    );
    expect(Object.fromEntries(new URLSearchParams(one?.body))).toEqual({
      token: "tok en",
      token_type_hint: "access_token",
    });
  });

  it("remembers an answer for `cache`, and asks anew then", async () => {
    const { asked, state, introspection } = endpoint({ cache: 1000 });
    await introspection.ask("a");
    state.now = 999;
    await introspection.ask("a");
    await introspection.ask("b");
    expect(asked).toHaveLength(2);
    state.now = 1000;
    await introspection.ask("a");
    expect(asked).toHaveLength(3);
  });

  it("takes an answer as old as the caller wants it", async () => {
    const { asked, state, introspection } = endpoint();
    await introspection.ask("a");
    state.now = 500;
    await introspection.ask("a", 501);
    expect(asked).toHaveLength(1);
    await introspection.ask("a", 500);
    expect(asked).toHaveLength(2);
  });

  it("asks anew when the clock went back", async () => {
    const { asked, state, introspection } = endpoint();
    await introspection.ask("a");
    state.now = -1;
    await introspection.ask("a");
    expect(asked).toHaveLength(2);
  });

  it("remembers a refusal, but not for long", async () => {
    const { asked, state, introspection } = endpoint();
    state.answer = () => Response.json({ active: false });
    expect(await introspection.ask("a")).toEqual({ kind: "inactive" });
    state.now = REFUSED_CACHE_MS - 1;
    await introspection.ask("a");
    expect(asked).toHaveLength(1);
    state.now = REFUSED_CACHE_MS;
    await introspection.ask("a");
    expect(asked).toHaveLength(2);
  });

  it("asks one question for all who want the same answer", async () => {
    const { asked, introspection } = endpoint();
    await Promise.all(Array.from({ length: 100 }, () => introspection.ask("a")));
    expect(asked).toHaveLength(1);
  });

  it("has at most so many questions waiting; more are not answered", async () => {
    const { asked, state, introspection } = endpoint();
    const { promise, resolve } = Promise.withResolvers<Response>();
    state.answer = async () => (await promise).clone();
    const waiting = Array.from({ length: MAX_WAITING }, (_, index) => introspection.ask(`t${index}`));
    expect(await introspection.ask("one more")).toMatchObject({ kind: "unavailable" });
    resolve(Response.json({ active: true }));
    await Promise.all(waiting);
    expect(asked).toHaveLength(MAX_WAITING);
    expect(await introspection.ask("one more")).toMatchObject({ kind: "active" });
  });

  it("remembers at most so many answers: the oldest makes room", async () => {
    const { asked, introspection } = endpoint();
    await introspection.ask("t0");
    for (let batch = 1; batch <= MAX_REMEMBERED; batch += MAX_WAITING)
      await Promise.all(
        Array.from({ length: Math.min(MAX_WAITING, MAX_REMEMBERED + 1 - batch) }, (_, index) =>
          introspection.ask(`t${batch + index}`),
        ),
      );
    expect(asked).toHaveLength(MAX_REMEMBERED + 1);
    await introspection.ask(`t${MAX_REMEMBERED}`);
    expect(asked).toHaveLength(MAX_REMEMBERED + 1);
    await introspection.ask("t0");
    expect(asked).toHaveLength(MAX_REMEMBERED + 2);
  });

  it.each([
    ["500", () => new Response("", { status: 500 }), "answered 500"],
    ["a redirect", () => new Response("", { status: 302 }), "answered 302"],
    ["that the gate's own credentials are wrong", () => new Response("{}", { status: 401 }), "answered 401"],
    ["so in another way", () => Response.json({ error: "invalid_client" }, { status: 400 }), "answered 400"],
    ["HTML", () => new Response("<html>secret</html>"), "not a JSON object"],
    ["a list", () => Response.json([]), "not a JSON object"],
    ["nothing about it", () => Response.json({ sub: "ada" }), "active"],
    ["`active` as a text", () => Response.json({ active: "true" }), "active"],
    ["too much", () => new Response("x".repeat(MAX_ANSWER_BYTES + 1)), "more than"],
    ["not at all", () => Promise.reject(new Error("ECONNREFUSED")), "ECONNREFUSED"],
  ])(
    "is unavailable when the endpoint answers %s, and remembers no such answer",
    async (_name, answer, problem) => {
      const { asked, state, introspection } = endpoint();
      state.answer = answer;
      const found = await introspection.ask("a");
      expect(found).toEqual({ kind: "unavailable", problem: expect.stringContaining(problem) as string });
      expect(JSON.stringify(found)).not.toContain("secret");
      await introspection.ask("a");
      expect(asked).toHaveLength(2);
    },
  );

  it.each(["invalid_request", "invalid_token", "unsupported_token_type"])(
    "takes %s for a token that is not active: no outage",
    async (error) => {
      const { events, state, introspection } = endpoint();
      state.answer = () => Response.json({ error }, { status: 400 });
      expect(await introspection.ask("a")).toEqual({ kind: "inactive" });
      expect(events).toEqual([]);
    },
  );

  it("tells an outage once when it begins and once when it ends", async () => {
    const { events, state, introspection } = endpoint();
    const good = state.answer;
    state.answer = () => new Response("", { status: 503 });
    await introspection.ask("a");
    await introspection.ask("b");
    expect(introspection.problem).toContain("answered 503");
    state.answer = good;
    await introspection.ask("a");
    await introspection.ask("b");
    expect(introspection.problem).toBeNull();
    expect(told(events)).toEqual([
      "error identity: tokens cannot be introspected",
      "info identity: tokens can be introspected again",
    ]);
  });

  it("says nothing when it is given up", async () => {
    const { events, introspection } = endpoint();
    introspection.dispose();
    expect(await introspection.ask("a")).toMatchObject({ kind: "unavailable" });
    expect(events).toEqual([]);
  });

  it("finds the endpoint by the issuer, again from time to time, and goes on with the last when it cannot", async () => {
    const issuer = "https://id.example.com";
    const { asked, events, state, introspection } = endpoint({ endpoint: undefined, issuer });
    let found: string | null = null;
    state.answer = (url) => {
      if (!url.includes("well-known")) return Response.json({ active: true });
      return found === null
        ? new Response("", { status: 500 })
        : Response.json({ issuer, introspection_endpoint: found });
    };
    expect(await introspection.ask("a")).toMatchObject({
      problem: expect.stringContaining("cannot be found: https://id.example.com has no metadata") as string,
    });
    found = ENDPOINT;
    await introspection.ask("a");
    await introspection.ask("b");
    found = null;
    state.now = DISCOVER_AGAIN_MS;
    expect(await introspection.ask("c")).toMatchObject({ kind: "active" });
    const urls = asked.map(({ url }) => url.replace(issuer, "")).filter((url) => !url.includes("oauth"));
    expect(urls).toEqual([
      "/.well-known/openid-configuration",
      "/.well-known/openid-configuration",
      "/introspect",
      "/introspect",
      "/.well-known/openid-configuration",
      "/introspect",
    ]);
    expect(events.at(-1)?.detail).toBe(issuer);
  });

  it("reads the secret anew for each question", async () => {
    const file = join(directory, "changing");
    await writeFile(file, "one");
    const { asked, introspection } = endpoint({ clientSecretFile: file });
    await introspection.ask("a");
    await writeFile(file, "two");
    await introspection.ask("b");
    expect(asked.map(({ authorization }) => authorization)).toEqual(
      ["gate:one", "gate:two"].map((pair) => `Basic ${Buffer.from(pair).toString("base64")}`),
    );
  });
});

describe("readClientSecret", () => {
  it("refuses an empty file, and one that is not there", async () => {
    const file = join(directory, "empty");
    await writeFile(file, "\r\n");
    await expect(readClientSecret(file)).rejects.toThrow("is empty");
    await expect(readClientSecret(join(directory, "none"))).rejects.toThrow("ENOENT");
    expect(await readClientSecret(clientSecretFile)).toBe("s:cret");
  });
});
