import type { Specimen } from "../specimen.ts";
import { tokenSettings } from "../allow-tokens.ts";
import { startWs } from "../start-ws.ts";

const guessed = tokenSettings({ secret: "your-256-bit-secret" });

/** What weak-token-secret is proven on. */
export const specimen: Specimen = {
  vulnerable: { "a secret of a tutorial": { start: () => startWs(), settings: guessed } },
  clean: { "a secret of random bytes": { start: () => startWs(), settings: tokenSettings() } },
};
