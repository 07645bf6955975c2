import type { Specimen } from "../specimen.ts";
import { rightHead, startNaive } from "../start-naive.ts";
import { startWs } from "../start-ws.ts";

const adding = (line: string) => ({
  start: () => startNaive({ head: (_: string, accept: string) => [...rightHead(accept), line] }),
});

/** What selects-unoffered-subprotocol is proven on. */
export const specimen: Specimen = {
  vulnerable: {
    "a server that always selects the same": adding("Sec-WebSocket-Protocol: chat.v1"),
    "a server that compresses unasked": adding("Sec-WebSocket-Extensions: permessage-deflate"),
  },
  clean: {
    "ws with compression": { start: () => startWs({ options: { perMessageDeflate: true } }) },
  },
};
