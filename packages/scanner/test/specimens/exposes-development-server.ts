import type { Specimen } from "../specimen.ts";
import { startWs } from "../start-ws.ts";

/** A server that greets as Vite does. Its address is every address of the machine, and so not on loopback. */
const onAllAddresses = (greeting: string) => async () => {
  const server = await startWs({ onConnection: (socket) => socket.send(greeting) });
  return { ...server, url: server.url.replace("127.0.0.1", "0.0.0.0") };
};

/** What exposes-development-server is proven on. */
export const specimen: Specimen = {
  vulnerable: {
    "a server that greets as Vite does": { start: onAllAddresses('{"type":"connected"}') },
    "a server that greets as webpack-dev-server does": { start: onAllAddresses('{"type":"hot"}') },
  },
  clean: {
    "a server that greets as an application does": { start: onAllAddresses('{"type":"welcome"}') },
  },
};
