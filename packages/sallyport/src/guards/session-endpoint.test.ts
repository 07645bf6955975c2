import { describe, expect, it, vi } from "vitest";
import {
  SessionEndpoint,
  type SessionAnswer,
  type SessionEndpointOptions,
  type SessionQuestion,
} from "./session-endpoint.ts";

const OPTIONS: SessionEndpointOptions = {
  url: "http://127.0.0.1:3000/session",
  timeout: 5000,
  user: "/user",
  expiresAt: "/expiresAt",
  claims: "/claims",
  cache: 0,
};
const QUESTION: SessionQuestion = {
  cookie: "sid=s3cret",
  address: "192.0.2.1",
  host: "app.example",
  secure: true,
};

type Fetch = typeof globalThis.fetch;

const json = (value: unknown): Response => new Response(JSON.stringify(value));

function endpointOf(
  fetch: (url: string, init: RequestInit) => Response | Promise<Response>,
  options: Partial<SessionEndpointOptions> = {},
  clock: { now: number } = { now: 0 },
): { readonly endpoint: SessionEndpoint; readonly asked: { mock: { calls: [string, RequestInit][] } } } {
  const asked = vi.fn<(url: string, init: RequestInit) => Promise<Response>>(
    async (url, init) => await fetch(url, init),
  );
  const services = { fetch: asked as unknown as Fetch, wallNow: () => clock.now };
  return { endpoint: new SessionEndpoint({ ...OPTIONS, ...options }, services), asked };
}

const answerOf = async (
  response: () => Response,
  options: Partial<SessionEndpointOptions> = {},
): Promise<SessionAnswer> => await endpointOf(response, options).endpoint.ask(QUESTION);

const never = (_url: string, { signal }: RequestInit): Promise<Response> =>
  new Promise((_resolve, reject) => {
    signal?.addEventListener("abort", () => reject(new Error(String(signal.reason))));
  });

describe("SessionEndpoint", () => {
  // https://github.com/nodejs/node/issues/63785: V8 may take a name with an escape for one that it has read before.
  it("reads names as they are written, whatever was parsed before", async () => {
    JSON.parse('{"before":1,"\\\\":1}');
    expect(await answerOf(() => new Response('{"before":1,"\\u0075ser":"ada"}'))).toMatchObject({
      user: "ada",
    });
  });

  it("shows the application the session's cookies and where the client is, and follows no redirect", async () => {
    const { endpoint, asked } = endpointOf(() => json({ user: "ada" }));
    expect(await endpoint.ask(QUESTION)).toEqual({
      is: "known",
      user: "ada",
      tenant: null,
      claims: {},
      expiresAt: null,
    });
    const [url, init] = asked.mock.calls[0] ?? [];
    expect(url).toBe(OPTIONS.url);
    expect(init).toMatchObject({
      redirect: "manual",
      headers: {
        accept: "application/json",
        cookie: "sid=s3cret",
        "x-forwarded-for": "192.0.2.1",
        "x-forwarded-host": "app.example",
        "x-forwarded-proto": "https",
      },
    });
    await endpoint.ask({ ...QUESTION, secure: false });
    expect(asked.mock.calls[1]?.[1].headers).toMatchObject({ "x-forwarded-proto": "http" });
  });

  it("reads where the options point (RFC 6901)", async () => {
    const value = {
      "a/b": { "m~n": ["ada"] },
      team: 7,
      until: "2030-01-01T00:00:00Z",
      more: { role: "editor" },
    };
    const options = { user: "/a~1b/m~0n/0", tenant: "/team", expiresAt: "/until", claims: "/more" };
    expect(await answerOf(() => json(value), options)).toEqual({
      is: "known",
      user: "ada",
      tenant: "7",
      claims: { role: "editor" },
      expiresAt: Date.UTC(2030, 0, 1),
    });
    expect(await answerOf(() => json("ada"), { user: "" })).toMatchObject({ user: "ada" });
    expect(await answerOf(() => json({ user: "ada", expiresAt: 9 }))).toMatchObject({ expiresAt: 9000 });
  });

  it.each<[string, () => Response]>([
    ["401", () => new Response("", { status: 401 })],
    ["403", () => new Response("", { status: 403 })],
    ["302", () => new Response(null, { status: 302, headers: { location: "/login" } })],
    ["200 and no user", () => json({ user: null })],
    ["200 and nothing where the user should be", () => json({ account: { id: 1 } })],
    ["200 and no object", () => json(7)],
    ["a session that has ended", () => json({ user: "ada", expiresAt: 0 })],
  ])("takes %s for nobody", async (_what, response) => {
    expect(await answerOf(response)).toMatchObject({ is: "nobody" });
  });

  it.each<[string, () => Response, Partial<SessionEndpointOptions>?]>([
    ["404", () => new Response("", { status: 404 })],
    ["500", () => new Response("", { status: 500 })],
    ["200 and a page to sign in", () => new Response("<html>")],
    ["a user that is no name", () => json({ user: { id: 1 } })],
    ["a user without a name", () => json({ user: "" })],
    ["a time that is none", () => json({ user: "ada", expiresAt: "tomorrow" })],
    ["a time in milliseconds", () => json({ user: "ada", expiresAt: 1_700_000_000_000 })],
    ["a time of another type", () => json({ user: "ada", expiresAt: true })],
    ["claims that are a list", () => json({ user: "ada", claims: [] })],
    ["no tenant where there must be one", () => json({ user: "ada" }), { tenant: "/tenant" }],
    ["64 KiB and more", () => json({ user: "ada", claims: { x: "x".repeat(70_000) } })],
  ])("takes %s for no answer, and refuses nobody for good", async (_what, response, options) => {
    expect(await answerOf(response, options)).toMatchObject({ is: "unknown" });
  });

  it("takes no answer in time for none", async () => {
    const { endpoint } = endpointOf(never, { timeout: 5 });
    expect(await endpoint.ask(QUESTION)).toMatchObject({ is: "unknown" });
    const other = endpointOf(never).endpoint;
    const asking = other.ask(QUESTION);
    other.dispose();
    expect(await asking).toMatchObject({ is: "unknown" });
  });

  it("asks once for all who ask the same at the same time, and again after that", async () => {
    const { endpoint, asked } = endpointOf(() => json({ user: "ada" }));
    const answers = await Promise.all([
      endpoint.find(QUESTION),
      endpoint.find(QUESTION),
      endpoint.ask(QUESTION),
    ]);
    expect(answers).toHaveLength(3);
    expect(asked.mock.calls).toHaveLength(1);
    await endpoint.find({ ...QUESTION, address: "192.0.2.2" });
    await endpoint.find(QUESTION);
    expect(asked.mock.calls).toHaveLength(3);
  });

  it("asks no more than 256 questions at a time: a flood of made-up cookies is none at the application", async () => {
    const held: (() => void)[] = [];
    const { endpoint, asked } = endpointOf(
      () => new Promise<Response>((resolve) => held.push(() => resolve(json({ user: "ada" })))),
    );
    const answers = Array.from({ length: 300 }, (_, index) =>
      endpoint.ask({ ...QUESTION, cookie: `sid=${index}` }),
    );
    expect(await answers[299]).toMatchObject({ is: "unknown", problem: "256 questions are open already" });
    for (const answer of held) answer();
    expect(asked.mock.calls).toHaveLength(256);
    expect(await answers[0]).toMatchObject({ is: "known" });
  });

  it("uses a good answer again for as long as it may, and no bad one", async () => {
    const clock = { now: 0 };
    const answers = [
      json({ user: "ada", expiresAt: 5 }),
      new Response("", { status: 401 }),
      json({ user: "ada" }),
    ];
    const { endpoint, asked } = endpointOf(
      () => answers.shift() ?? json({ user: "eve" }),
      { cache: 60_000 },
      clock,
    );
    await endpoint.find(QUESTION);
    clock.now = 4999;
    expect(await endpoint.find(QUESTION)).toMatchObject({ user: "ada" });
    expect(asked.mock.calls).toHaveLength(1);
    // The session ends before the answer is too old.
    clock.now = 5000;
    expect(await endpoint.find(QUESTION)).toMatchObject({ is: "nobody" });
    expect(await endpoint.find(QUESTION)).toMatchObject({ user: "ada" });
    clock.now = 64_999;
    await endpoint.find(QUESTION);
    expect(asked.mock.calls).toHaveLength(3);
    // Whether it lives is asked anew, whatever is kept.
    expect(await endpoint.ask(QUESTION)).toMatchObject({ user: "eve" });
  });

  it("keeps no more than 10,000 answers", async () => {
    const { endpoint, asked } = endpointOf(() => json({ user: "ada" }), { cache: 60_000 });
    for (let index = 0; index <= 10_000; index += 1)
      await endpoint.find({ ...QUESTION, cookie: `sid=${index}` });
    await endpoint.find({ ...QUESTION, cookie: "sid=10000" });
    expect(asked.mock.calls).toHaveLength(10_001);
    await endpoint.find({ ...QUESTION, cookie: "sid=0" });
    expect(asked.mock.calls).toHaveLength(10_002);
  });
});
