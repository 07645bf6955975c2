import { allowTokens, tokenOf, tokenSettings } from "../allow-tokens.ts";
import type { Scene, Specimen } from "../specimen.ts";
import { echo, startWs } from "../start-ws.ts";

/** Long enough for a scan to begin on a machine that is busy. */
const LIFE_MS = 9000;

/** A server whose tokens end soon, and what it does with their sockets then. */
function shortLived(closes: boolean): Scene {
  let exp = 0;
  return {
    start: () => {
      exp = (Date.now() + LIFE_MS) / 1000;
      return startWs({
        refuse: allowTokens((token) => token === tokenOf({ claims: { exp } })),
        onConnection(socket) {
          echo(socket);
          const ends = setTimeout(() => socket.close(4401), exp * 1000 - Date.now());
          if (!closes) clearTimeout(ends);
          socket.on("close", () => clearTimeout(ends));
        },
      });
    },
    settings: () => Promise.resolve(tokenSettings({ claims: { exp } })),
  };
}

/** What outlives-token is proven on. */
export const specimen: Specimen = {
  vulnerable: { "a server that looks at the token once": shortLived(false) },
  clean: { "a server that closes the socket when its token is over": shortLived(true) },
};
