import type { Specimen } from "../specimen.ts";
import { rightHead, startNaive, type NaiveSetup } from "../start-naive.ts";

const isStandard = (request: string): boolean => /sec-websocket-key:/i.test(request);
const legacy: NaiveSetup = {
  head: (request, accept) =>
    isStandard(request) ? rightHead(accept) : ["Upgrade: WebSocket", "Connection: Upgrade"],
  readsFrames: isStandard,
};

/** What unbounded-draft-75-length is proven on. */
export const specimen: Specimen = {
  vulnerable: { "a server that counts on": { start: () => startNaive(legacy) } },
  clean: {
    "a server that ends what is too long": {
      start: () =>
        startNaive({
          ...legacy,
          onOpen({ socket, request }) {
            if (!isStandard(request)) socket.on("data", () => socket.destroy());
          },
        }),
    },
  },
};
