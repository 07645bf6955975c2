import { opcodes } from "../../src/probe/frame.ts";
import type { Specimen } from "../specimen.ts";
import { startNaive } from "../start-naive.ts";
import { startSocketIo } from "../start-socket-io.ts";
import { startWs } from "../start-ws.ts";

const settings = { destructive: true };

/** A server that dies of a text that it takes for something else. */
function startFragile(isFatal: (text: string, request: string) => boolean): ReturnType<typeof startNaive> {
  return startNaive({
    onFrame({ opcode, payload }, { die, request }) {
      const dies = opcode === opcodes.text && isFatal(payload.toString("utf8"), request);
      if (dies) die();
      return dies;
    },
  });
}

/** What crashes-on-odd-message is proven on. */
export const specimen: Specimen = {
  vulnerable: {
    "a server that catches nothing": { start: () => startFragile((text) => text === "null"), settings },
    "a server that expects parameters first where it is asked so, as tRPC until 11.1.0": {
      start: () =>
        startFragile(
          (text, request) =>
            request.includes("?connectionParams=1 ") && /"connectionParams","data":\{"[^"]+":\{/.test(text),
        ),
      settings,
    },
    "a server of Socket.IO that looks for a service by any name, as Feathers until 5.0.6": {
      start: startFragileEvents,
      settings,
    },
  },
  clean: {
    "ws as it comes": { start: () => startWs(), settings },
    "Socket.IO as it comes": { start: () => startSocketIo(), settings },
  },
};

/** Greets and connects as Socket.IO does, and dies of a name that is none. */
function startFragileEvents(): ReturnType<typeof startNaive> {
  return startNaive({
    onOpen: ({ send }) => send({ opcode: "text", payload: '0{"sid":"a","upgrades":[]}' }),
    onFrame({ opcode, payload }, { die, send }) {
      const text = opcode === opcodes.text ? payload.toString("utf8") : "";
      if (text === "40") send({ opcode: "text", payload: '40{"sid":"a"}' });
      if (text.startsWith('42["find",{')) die();
      return text.startsWith("4");
    },
  });
}
