import type { CorpusPair } from "../pair.ts";

/** CVE-2025-43855 in @trpc/server. */
export const trpcParams: CorpusPair = {
  name: "trpc-params",
  advisory: "CVE-2025-43855",
  package: "@trpc/server",
  vulnerable: "11.1.0",
  fixed: "11.1.1",
  beside: { ws: "8.18.1", typescript: "5.8.3" },
  check: "crashes-on-odd-message",
  isDestructive: true,
  server: String.raw`const { initTRPC } = require("@trpc/server");
const { applyWSSHandler } = require("@trpc/server/adapters/ws");
const { WebSocketServer } = require("ws");
const t = initTRPC.create();
const wss = new WebSocketServer({ port: Number(process.env.PORT), host: "127.0.0.1" }, () => console.log("ready"));
applyWSSHandler({ wss, router: t.router({ hello: t.procedure.query(() => "hello") }), createContext: () => ({}) });`,
};
