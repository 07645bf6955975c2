import type { Specimen } from "../specimen.ts";
import { rightHead, startNaive } from "../start-naive.ts";
import { startWs } from "../start-ws.ts";

const saying = (line: string) => ({
  start: () => startNaive({ head: (_: string, accept: string) => [...rightHead(accept), line] }),
});

/** What discloses-version is proven on. */
export const specimen: Specimen = {
  vulnerable: { "a server with its version": saying("Server: chatd/1.18.0 (Ubuntu)") },
  clean: { "a server with its name": saying("Server: chatd"), "ws as it comes": { start: () => startWs() } },
};
