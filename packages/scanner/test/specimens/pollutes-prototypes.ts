import type { Specimen } from "../specimen.ts";
import { startWs } from "../start-ws.ts";

type Tree = { [key: string]: unknown };
const isTree = (value: unknown): value is Tree =>
  (typeof value === "object" && value !== null) || typeof value === "function";

function merge(into: Tree, from: Tree, isMerged: (key: string) => boolean): void {
  for (const [key, value] of Object.entries(from)) {
    if (!isMerged(key)) continue;
    const inner = into[key];
    if (isTree(value) && isTree(inner)) merge(inner, value, isMerged);
    else into[key] = value;
  }
}

/** Merges each message into the defaults, and answers every member. A class stands for Object, which the tests need as it is. */
function merging(isMerged: (key: string) => boolean): ReturnType<typeof startWs> {
  // Empty on purpose: what matters is that its prototype is none that anybody else has.
  // oxlint-disable-next-line typescript/no-extraneous-class
  class Options {}
  return startWs({
    onConnection(socket) {
      socket.on("message", (data: Buffer) => {
        const given: unknown = JSON.parse(data.toString("utf8"));
        const options: Tree = Object.assign(Object.create(Options.prototype), { room: "all" });
        if (isTree(given)) merge(options, given, isMerged);
        const members: Tree = {};
        for (const key in options) members[key] = options[key];
        socket.send(JSON.stringify(members));
      });
    },
  });
}

/** What pollutes-prototypes is proven on. */
export const specimen: Specimen = {
  vulnerable: {
    "ws that merges into what is shared": { start: () => merging(() => true) },
  },
  clean: {
    "ws that merges own names alone": {
      start: () => merging((key) => key !== "__proto__" && key !== "constructor"),
    },
  },
};
