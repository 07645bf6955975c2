import { describe, expect, it } from "vitest";
import { newRevocation } from "../../sallyport/src/state/new-revocation.ts";
import { bytesOf, type TestGateway } from "../../sallyport/test/gateway/harness.ts";
import { createProofKey } from "../src/proof-key.ts";
import { SallyportSocket } from "../src/sallyport-socket.ts";
import type { TokenRequest } from "../src/socket-options.ts";
import { openClient, startScene } from "./scene.ts";

function revoke({ revocations }: TestGateway, user: string): void {
  const made = newRevocation({ user }, Date.now());
  if (!made.ok) throw new Error("no revocation");
  revocations.add(made.revocation);
}

const inSeconds = (seconds: number): number => Math.floor(Date.now() / 1000) + seconds;

describe("SallyportSocket, before the real gateway with TLS", () => {
  it("fetches a ticket, connects with it, and carries text and bytes there and back", async () => {
    const { gate, tokens, url } = await startScene();
    const { socket, next, messages } = openClient(url, { token: () => tokens.sign("ada") });
    expect([socket.readyState, socket.url, socket.protocol]).toEqual([SallyportSocket.CONNECTING, url, ""]);
    socket.binaryType = "arraybuffer";
    await next("open");
    expect([socket.readyState, socket.protocol, socket.extensions]).toEqual([SallyportSocket.OPEN, "", ""]);
    expect(await gate.seen("open")).toMatchObject({ user: "ada", session: socket.session });
    expect(socket.expiresAt?.getTime()).toBeGreaterThan(Date.now() + 500_000);
    const bytes = new Uint8Array([1, 2, 3, 4]);
    expect([
      socket.send("grüße 🏰"),
      socket.send(bytes.subarray(1, 3)),
      socket.send(new Blob(["b"])),
    ]).toEqual([1, 2, 3]);
    bytes.fill(9);
    await expect.poll(() => messages.length).toBe(3);
    expect(messages[0]).toBe("grüße 🏰");
    const [, view, blob] = messages as ArrayBuffer[];
    expect([new Uint8Array(view ?? [0]), new Uint8Array(blob ?? [0])]).toEqual([
      new Uint8Array([2, 3]),
      new Uint8Array([98]),
    ]);
  });

  it("keeps the token out of addresses, events and errors", async () => {
    const { gate, tokens, url } = await startScene();
    const token = await tokens.sign("ada");
    const client = openClient(url, { token: () => token });
    await client.next("open");
    revoke(gate, "ada");
    const { detail } = await client.ended();
    expect(JSON.stringify([detail, client.socket.url, gate.events])).not.toContain(token);
  });

  it("offers the application's subprotocols, and answers its choice", async () => {
    const { tokens, url } = await startScene();
    const { socket, next } = openClient(url, { token: () => tokens.sign("ada") }, ["chat.v2"]);
    await next("open");
    expect(socket.protocol).toBe("chat.v2");
  });

  it("tells the page's handler properties as a WebSocket does", async () => {
    const { tokens, url } = await startScene();
    const { socket } = openClient(url, { token: () => tokens.sign("ada") });
    const heard: unknown[] = [];
    /* oxlint-disable unicorn/prefer-add-event-listener -- they are what is tested */
    socket.onerror = () => heard.push("never");
    socket.onopen = function (this: unknown) {
      heard.push(this === socket);
      socket.send("hello");
    };
    socket.onmessage = ({ data }) => {
      heard.push(data);
      socket.close(3001, "bye");
    };
    await new Promise<void>((resolve) => {
      socket.onclose = ({ code, reason, wasClean }) => {
        heard.push([code, reason, wasClean]);
        resolve();
      };
    });
    expect(heard).toEqual([true, "hello", [3001, "bye", true]]);
  });

  it("renews its proof in place before the end, as often as it takes, on one connection", async () => {
    const { gate, tokens, url } = await startScene({ route: { expiry: { window: "5s", grace: "10s" } } });
    const asked: TokenRequest["purpose"][] = [];
    const token = ({ purpose, fresh }: TokenRequest): Promise<string> => {
      asked.push(purpose);
      return tokens.sign("ada", inSeconds(asked.length < 3 ? 7 : 600), { fresh });
    };
    const { socket, next, told } = openClient(url, { token });
    await next("open");
    await expect.poll(() => told.filter((type) => type === "renewed").length).toBe(3);
    expect(asked).toEqual(["ticket", "refresh", "refresh"]);
    expect(socket.expiresAt?.getTime()).toBeGreaterThan(Date.now() + 500_000);
    expect(await gate.seen("refresh")).toMatchObject({ user: "ada", session: socket.session });
    expect(told.filter((type) => type === "open")).toHaveLength(1);
  });

  it("asks the hook for a fresh token, once, where the first one is not accepted: an expired one", async () => {
    const { tokens, url } = await startScene();
    const asked: boolean[] = [];
    const token = ({ fresh }: TokenRequest): Promise<string> => {
      asked.push(fresh);
      return tokens.sign("ada", inSeconds(fresh ? 600 : -600));
    };
    await openClient(url, { token }).next("open");
    expect(asked).toEqual([false, true]);
  });

  it("comes back with a fresh token when its proof ended unrenewed: 4401", async () => {
    const { tokens, url } = await startScene({ route: { expiry: { grace: "1s" } } });
    const asked: TokenRequest[] = [];
    const token = (request: TokenRequest): Promise<string> => {
      asked.push(request);
      if (request.purpose === "refresh") throw new Error("the provider is away");
      return tokens.sign("ada", inSeconds(asked.length === 1 ? 5 : 600));
    };
    const { losses, next, told } = openClient(url, { token, reconnect: { firstMs: 200, longestMs: 400 } });
    await next("open");
    await next("open");
    expect(told).toContain("renewalfailed");
    expect(losses).toMatchObject([
      { cause: "closed", code: 4401, incident: expect.stringMatching(/^[\w-]{12}$/) },
    ]);
    expect(asked.filter(({ purpose }) => purpose === "ticket").map(({ fresh }) => fresh)).toEqual([
      false,
      true,
    ]);
  });

  it("stops where a session is revoked (4540), and where the user was: 401, with its incident", async () => {
    const { gate, tokens, url } = await startScene();
    const client = openClient(url, { token: () => tokens.sign("ada") });
    await client.next("open");
    revoke(gate, "ada");
    const { code, detail } = await client.ended();
    expect([code, detail.cause]).toEqual([4540, "closed"]);
    expect(client.losses).toEqual([]);
    const again = openClient(url, { token: () => tokens.sign("ada") });
    const end = await again.ended();
    expect(end.detail).toMatchObject({
      cause: "refused",
      status: 401,
      incident: expect.stringMatching(/^[\w-]{12}$/),
    });
    expect([end.code, end.wasClean, again.told]).toEqual([1006, false, ["error", "close"]]);
  });

  it("binds its tickets to a key, and refreshes with a proof of it (RFC 9449)", async () => {
    const { gate, tokens, url } = await startScene({ route: { expiry: { window: "5s" } } });
    const key = await createProofKey();
    const cnf = { jkt: key.thumbprint };
    let life = 7;
    const token = async (): Promise<string> => {
      const signed = await tokens.sign("ada", inSeconds(life), { cnf });
      life = 600;
      return `DPoP ${signed}`;
    };
    const { socket, next, told } = openClient(url, { token, key });
    await next("open");
    await expect.poll(() => told.filter((type) => type === "renewed").length).toBe(2);
    expect(await gate.seen("refresh")).toMatchObject({ session: socket.session });
    const stolen = openClient(url, { token });
    expect((await stolen.ended()).detail).toMatchObject({ cause: "refused", status: 401 });
  });

  it("binds a ticket to a key, too, where the token is bound to none", async () => {
    const { tokens, url } = await startScene();
    const { socket, next } = openClient(url, {
      token: () => tokens.sign("ada"),
      key: await createProofKey(),
    });
    await next("open");
    expect(socket.session).not.toBeNull();
  });

  it("shows that a certificate is not trusted as a network that does not answer, with the reason in Node", async () => {
    const { tokens, url, gate } = await startScene({ trusted: false });
    const { losses, next } = openClient(url, { token: () => tokens.sign("ada") });
    await next("lost");
    await next("lost");
    expect(losses[0]).toMatchObject({ cause: "network", code: 1006, status: null });
    const code = expect.stringMatching(/SELF_SIGNED|UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER/);
    expect(losses[0]?.error).toMatchObject({ cause: { code } });
    expect(gate.events.filter(({ type }) => type === "handshake")).toEqual([]);
  });

  it("comes back after a restart (1012), and says what it has not sent yet before the rest in `open`", async () => {
    const received: string[] = [];
    const { gate, tokens, url, application } = await startScene({
      onConnection: (socket) => socket.on("message", (data) => received.push(bytesOf(data).toString())),
    });
    const { socket, next, losses } = openClient(url, { token: () => tokens.sign("ada") });
    socket.addEventListener("open", () => void socket.send("hello"));
    await next("open");
    for (const peer of application.server.clients) peer.close(1012);
    await next("lost");
    socket.send("waited");
    await next("open");
    await expect.poll(() => received).toEqual(["hello", "hello", "waited"]);
    expect(losses).toMatchObject([{ code: 1012, wasClean: true, attempt: 1 }]);
    expect(gate.events.filter(({ type }) => type === "open")).toHaveLength(2);
  });

  it("ends when its signal is aborted: with a Close, or before there is a connection", async () => {
    const { tokens, url } = await startScene();
    const controller = new AbortController();
    const client = openClient(url, { token: () => tokens.sign("ada"), signal: controller.signal });
    await client.next("open");
    controller.abort();
    expect(await client.ended()).toMatchObject({ code: 1000, wasClean: true, detail: { cause: "aborted" } });
    const late = openClient(url, { signal: AbortSignal.abort() });
    expect(await late.ended()).toMatchObject({ detail: { cause: "aborted" } });
  });
});
