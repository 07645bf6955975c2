import type { Specimen } from "../specimen.ts";
import { startGraphql } from "../start-graphql.ts";
import { startWs } from "../start-ws.ts";

/** What graphql-operation-before-ack is proven on. */
export const specimen: Specimen = {
  vulnerable: {
    "a server that answers whatever is asked": {
      start: () =>
        startWs({
          onConnection: (socket) =>
            void socket.on("message", (data: Buffer) =>
              socket.send(
                data.includes("connection_init")
                  ? '{"type":"connection_ack"}'
                  : '{"id":"scan","type":"next","payload":{"data":{"__typename":"Query"}}}',
              ),
            ),
        }),
    },
  },
  clean: {
    "graphql-ws as it comes": { start: () => startGraphql() },
  },
};
