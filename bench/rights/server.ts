/**
 * A `ws` echo server behind `attach`, for `live.ts`: it does what its parent says, by messages. A process of its own, since
 * each side of ten thousand connections needs as many descriptors.
 */
import { once } from "node:events";
import { createServer } from "node:http";
import process from "node:process";
import { WebSocketServer } from "ws";
import { attach } from "../../packages/sallyport/src/hosts/attach.ts";
import type { AttachInput } from "../../packages/sallyport/src/policy/attach-config.ts";

/** What the parent asks for. */
export type Order =
  | { readonly do: "revoke"; readonly user: string }
  | { readonly do: "reload"; readonly allow: string };

/** What it is told. */
export type Report =
  | { readonly port: number }
  | { readonly done: Order["do"]; readonly kept: number; readonly closed: number };

const [, , issuer = "", audience = "", jwksFile = ""] = process.argv;

/** @param allow the condition of the one permission rule */
function policy(allow: string): AttachInput {
  return {
    routes: [
      {
        path: "/",
        identity: { jwt: { issuer, audience, jwksFile } },
        connectionLimit: { total: 20_000, perAddress: 20_000, handshakesPerAddress: "100000/s" },
        messageRate: { perConnection: "1000/s" },
        permission: { otherwise: "allow", rules: [{ allow }] },
      },
    ],
  };
}

function tell(report: Report): void {
  process.send?.(report);
}

const server = createServer();
const sockets = new WebSocketServer({ server, perMessageDeflate: false });
sockets.on("connection", (socket) => {
  socket.on("error", () => {});
  socket.on("message", (data, isBinary) => socket.send(data, { binary: isBinary }));
});
const gate = attach(server, policy("true"));
server.listen({ host: "127.0.0.1", port: 0, backlog: 1024 });
await Promise.all([once(server, "listening"), gate.ready]);
process.on("message", (order: Order) => {
  if (order.do === "revoke") {
    gate.revoke({ user: order.user });
    tell({ done: "revoke", kept: gate.connections - 1, closed: 1 });
  } else {
    void gate.reload(policy(order.allow)).then((reloaded) => tell({ done: "reload", ...reloaded }));
  }
});
process.on("disconnect", () => process.exit(0));
const address = server.address();
if (address === null || typeof address === "string") throw new Error("not listening");
tell({ port: address.port });
