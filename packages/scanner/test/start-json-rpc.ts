import { JSONRPCServer } from "json-rpc-2.0";
import type { SpecimenServer } from "./specimen.ts";
import { startWs } from "./start-ws.ts";

/** Starts a `ws` server that answers JSON-RPC by the library json-rpc-2.0; `prepare` adds methods. */
export function startJsonRpc(
  prepare: (rpc: JSONRPCServer) => void = () => undefined,
  mostCalls: number = Number.POSITIVE_INFINITY,
): Promise<SpecimenServer> {
  const rpc = new JSONRPCServer({ errorListener: () => undefined });
  prepare(rpc);
  return startWs({
    onConnection(socket) {
      socket.on("message", async (data: Buffer) => {
        const text = data.toString("utf8");
        if (text.split('"method"').length - 1 > mostCalls) return socket.close(1008);
        const answer = await rpc.receiveJSON(text);
        return answer === null ? undefined : socket.send(JSON.stringify(answer));
      });
    },
  });
}

/** Starts a `ws` server that answers JSON-RPC by looking for methods in an object. */
export function startNaiveJsonRpc(): Promise<SpecimenServer> {
  const methods: Readonly<Record<string, (...given: unknown[]) => unknown>> = {};
  return startWs({
    onConnection(socket) {
      socket.on("message", (data: Buffer) => {
        const { id, method }: { id: unknown; method: string } = JSON.parse(data.toString("utf8"));
        const found = methods[method];
        const answer =
          typeof found === "function"
            ? { result: String(found) }
            : { error: { code: -32_601, message: "Method not found" } };
        socket.send(JSON.stringify({ jsonrpc: "2.0", id, ...answer }));
      });
    },
  });
}
