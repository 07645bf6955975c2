import { tokenOf } from "../allow-tokens.ts";
import type { Specimen } from "../specimen.ts";
import { echo, startWs } from "../start-ws.ts";

const settings = { credentials: [["Authorization", "Bearer of-the-user"]] as const };

/** What no-authentication is proven on. */
export const specimen: Specimen = {
  vulnerable: { "ws that does not look": { start: () => startWs(), settings } },
  clean: {
    "ws that answers 401": {
      start: () => startWs({ refuse: ({ headers }) => (headers.authorization === undefined ? 401 : null) }),
      settings,
    },
    "ws that knows its users by a token in a subprotocol": {
      start: () =>
        startWs({
          refuse: ({ headers }) =>
            headers["sec-websocket-protocol"]?.includes(tokenOf()) === true ? null : 401,
        }),
      settings: { subprotocols: ["chat", `token.${tokenOf()}`] },
    },
    "ws that accepts, and closes those it does not know": {
      start: () =>
        startWs({
          onConnection: (socket, { headers }) =>
            headers.authorization === undefined ? socket.close(1008) : echo(socket),
        }),
      settings,
    },
  },
};
