import type { WebSocket } from "ws";
import type { Scene } from "./specimen.ts";
import { echo, startWs } from "./start-ws.ts";

/** What a server does where a session ends. */
export interface LogoutSetup {
  /** It closes the session's sockets. Default: true. */
  readonly closes?: boolean;
  /** It does not know the session any more. Default: true. */
  readonly forgets?: boolean;
}

/** A server with one session, of the cookie `sid=open-sesame`, that ends by a POST to `/logout`. */
export function logoutScene({ closes = true, forgets = true }: LogoutSetup = {}): Scene {
  let url = "";
  return {
    async start() {
      const sockets = new Set<WebSocket>();
      let isThere = true;
      const server = await startWs({
        refuse: ({ headers }) => (isThere && headers.cookie === "sid=open-sesame" ? null : 401),
        onConnection(socket) {
          sockets.add(socket);
          echo(socket);
        },
        onRequest(_, response) {
          isThere = !forgets;
          if (closes) for (const socket of sockets) socket.close(1008);
          response.writeHead(204).end();
        },
      });
      ({ url } = server);
      return server;
    },
    settings: () =>
      Promise.resolve({
        credentials: [["Cookie", "sid=open-sesame"]],
        logoutUrl: new URL("/logout", url.replace("ws:", "http:")),
      }),
  };
}
