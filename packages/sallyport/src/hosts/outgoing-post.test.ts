import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { outgoingPost, type OutgoingPost, type PostOutcome } from "./outgoing-post.ts";

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function post(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
  more: Partial<OutgoingPost> = {},
): Promise<PostOutcome> {
  const server = createServer(answer).listen(0, "127.0.0.1");
  servers.push(server);
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/services/SECRET?key=SECRET`;
  return await outgoingPost({ url, headers: { "x-key": "SECRET" }, body: "{}", timeoutMs: 5000, ...more });
}

describe("outgoingPost", () => {
  it("posts, and reads the answer", async () => {
    const seen: unknown[] = [];
    const outcome = await post((request, response) => {
      seen.push(request.method, request.url, request.headers["x-key"], request.headers["user-agent"]);
      response.end("fine");
    });
    expect(outcome).toEqual({ kind: "taken", status: 200, answer: Buffer.from("fine") });
    expect(seen).toEqual(["POST", "/services/SECRET?key=SECRET", "SECRET", "sallyport"]);
  });

  it.each([301, 302, 303, 307, 308])("follows no redirect (%i)", async (status) => {
    const asked: string[] = [];
    const outcome = await post((request, response) => {
      asked.push(request.url ?? "");
      response.writeHead(status, { location: "/elsewhere" }).end();
    });
    expect(outcome).toEqual({ kind: "refused", status, again: false, retryAfterMs: null });
    expect(asked).toHaveLength(1);
  });

  it.each([
    [400, false],
    [401, false],
    [404, false],
    [410, false],
    [408, true],
    [429, true],
    [500, true],
    [503, true],
  ])("says whether %i is worth another attempt", async (status, again) => {
    const outcome = await post((_request, response) => void response.writeHead(status).end());
    expect(outcome).toMatchObject({ kind: "refused", again });
  });

  it.each([
    ["7", 7000],
    ["soon", null],
    ["Thu, 01 Jan 1970 00:00:00 GMT", 0],
  ])("reads how long to wait from %j (RFC 9110 10.2.3)", async (text, retryAfterMs) => {
    const outcome = await post(
      (_request, response) => void response.writeHead(429, { "retry-after": text }).end(),
    );
    expect(outcome).toMatchObject({ retryAfterMs });
  });

  it("gives up on one that never answers", async () => {
    const outcome = await post(() => {}, { timeoutMs: 50 });
    expect(outcome).toEqual({ kind: "unanswered", why: "no answer in 50 ms" });
  });

  it("takes a 2xx whose body never ends, when its time is over", async () => {
    const outcome = await post((_request, response) => void response.writeHead(200).write("x"), {
      timeoutMs: 1000,
    });
    expect(outcome).toMatchObject({ kind: "taken", status: 200 });
  });

  it("reads no more than 16 KiB of an answer that goes on for ever, and ends it", async () => {
    const { promise: closed, resolve: ended } = Promise.withResolvers<void>();
    let sent = 0;
    const outcome = await post((_request, response) => {
      response.on("close", ended);
      const more = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536))) sent += 65_536;
      };
      response.on("drain", more);
      more();
    });
    await closed;
    expect(outcome).toMatchObject({ kind: "taken", answer: { length: 16_384 } });
    expect(sent).toBeLessThan(64 * 1024 * 1024);
  });

  it("ends when it is called off", async () => {
    const calledOff = new AbortController();
    const outcome = await post(() => calledOff.abort(), { signal: calledOff.signal });
    expect(outcome).toMatchObject({ kind: "unanswered" });
  });

  it("says nothing of the URL or the headers where nobody is there, or they cannot be sent", async () => {
    const post443 = { body: "", timeoutMs: 5000, headers: {} };
    const nobody = await outgoingPost({ ...post443, url: "http://127.0.0.1:1/SECRET" });
    const wrong = await outgoingPost({
      ...post443,
      url: "http://127.0.0.1/SECRET",
      headers: { a: "SEC\nRET" },
    });
    expect(nobody.kind).toBe("unanswered");
    expect(wrong).toEqual({ kind: "unanswered", why: "it could not be reached" });
    expect(JSON.stringify([nobody, wrong])).not.toMatch(/SEC/);
  });
});
