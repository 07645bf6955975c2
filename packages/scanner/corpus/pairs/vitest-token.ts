import type { CorpusPair } from "../pair.ts";

/** A token that both know; the version with the flaw does not ask for it. */
const TOKEN = "00000000-0000-4000-8000-000000000000";

/** CVE-2025-24964 in vitest: a token that pages of other sites do not know closes it. */
export const vitestToken: CorpusPair = {
  name: "vitest-token",
  advisory: "CVE-2025-24964",
  package: "vitest",
  vulnerable: "3.0.4",
  fixed: "3.0.5",
  beside: { vite: "6.0.11" },
  check: "no-authentication",
  path: `/__vitest_api__?token=${TOKEN}`,
  files: { "a.test.js": 'import { test } from "vitest"; test("a", () => undefined);' },
  server: `require("crypto").randomUUID = () => "${TOKEN}";
import("vitest/node").then(async ({ startVitest }) => {
  const api = { port: Number(process.env.PORT), host: "127.0.0.1", strictPort: true };
  await startVitest("test", [], { root: __dirname, watch: true, api, reporters: [{}] });
  console.log("ready");
});`,
};
