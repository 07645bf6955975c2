import type { Specimen } from "../specimen.ts";
import { startSocketIo } from "../start-socket-io.ts";
import { startNaive } from "../start-naive.ts";
import { greetAsSocketIo, lenientSocketIo } from "../lenient-socket-io.ts";

const settings = { destructive: true };

/** The address of a lenient server, as its clients know it. */
const start = async () => {
  const server = await startNaive({ onFrame: lenientSocketIo, onOpen: greetAsSocketIo });
  return { ...server, url: `${server.url}socket.io/?EIO=4&transport=websocket` };
};

/** What crashes-on-socket-io-event-name is proven on. */
export const specimen: Specimen = {
  vulnerable: {
    "a server that takes any name for text": { start, settings },
  },
  clean: {
    "Socket.IO as it comes": { start: () => startSocketIo(), settings },
  },
};
