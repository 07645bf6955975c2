import { createServer } from "node:http";
import { createTRPCClient, createWSClient, wsLink, type TRPCWebSocketClient } from "@trpc/client";
import { initTRPC } from "@trpc/server";
import { applyWSSHandler, type CreateWSSContextFnOptions } from "@trpc/server/adapters/ws";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { WebSocketServer } from "ws";
import { guardServer, hostsOfLibraries, type GuardedServer, type HostName } from "../hosts/guarded-server.ts";
import { createTokens } from "../hosts/test-tokens.ts";

const trpc = initTRPC.context<{ readonly statement: string }>().create();

const router = trpc.router({
  greet: trpc.procedure.input((value) => String(value)).query(({ input }) => `grüße, ${input}`),
  statement: trpc.procedure.query(({ ctx }) => ctx.statement),
  count: trpc.procedure.input(Number).subscription(async function* count({ input }) {
    for (let value = 1; value <= input; value++) {
      await Promise.resolve();
      yield value;
    }
  }),
});

/** What procedures know of the caller. */
function createContext({ req }: CreateWSSContextFnOptions): { statement: string } {
  return { statement: String(req.headers["sallyport-identity"]) };
}

async function start(host: HostName): Promise<{
  readonly guarded: GuardedServer;
  readonly sockets: WebSocketServer;
  readonly client: TRPCWebSocketClient;
  readonly api: ReturnType<typeof createTRPCClient<typeof router>>;
}> {
  const tokens = await createTokens();
  const server = createServer();
  const sockets = new WebSocketServer({ server });
  applyWSSHandler({ wss: sockets, router, createContext });
  const guarded = await guardServer(host, server, { routes: [{ path: "/trpc", identity: tokens.identity }] });
  const protocols = ["sallyport.v1", `sallyport.token.${await tokens.sign("ada")}`];
  class AuthenticatedSocket extends globalThis.WebSocket {
    constructor(url: string | URL) {
      super(url, protocols);
    }
  }
  const client = createWSClient({
    url: `${guarded.wsUrl}/trpc`,
    WebSocket: AuthenticatedSocket,
    retryDelayMs: () => 10,
  });
  onTestFinished(() => client.close());
  const api = createTRPCClient<typeof router>({ links: [wsLink({ client })] });
  return { guarded, sockets, client, api };
}

describe.each(hostsOfLibraries)("tRPC 11 through the host `%s`", (host) => {
  it("answers queries and subscriptions over one socket, for the caller whom the gate knows", async () => {
    const { api, guarded } = await start(host);
    expect(await api.greet.query("Ada")).toBe("grüße, Ada");
    const claims = (await api.statement.query()).split(".")[1] ?? "";
    expect(JSON.parse(Buffer.from(claims, "base64url").toString())).toMatchObject({ sub: "ada" });
    const values: number[] = [];
    await new Promise<void>((resolve, reject) => {
      api.count.subscribe(20, {
        onData: (value) => values.push(value),
        onComplete: resolve,
        onError: reject,
      });
    });
    expect(values).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
    expect(guarded.connections()).toBe(1);
  });

  it("connects again when the connection is lost, and closes", async () => {
    const { api, guarded, sockets, client } = await start(host);
    await api.greet.query("Ada");
    for (const socket of sockets.clients) socket.terminate();
    await guarded.seen("closed");
    expect(await api.greet.query("Ben")).toBe("grüße, Ben");
    await client.close();
    await vi.waitUntil(() => guarded.connections() === 0, { timeout: 10_000 });
  });
});
