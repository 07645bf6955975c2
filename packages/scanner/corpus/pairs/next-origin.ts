import type { CorpusPair } from "../pair.ts";
import { nextFiles, nextServer } from "../next-application.ts";

/** CVE-2025-48068 in next: the update closes it where `allowedDevOrigins` is set. */
export const nextOrigin: CorpusPair = {
  name: "next-origin",
  advisory: "CVE-2025-48068",
  package: "next",
  vulnerable: "15.2.1",
  fixed: "15.2.2",
  beside: { react: "19.0.0", "react-dom": "19.0.0" },
  check: "accepts-foreign-origin",
  path: "/_next/webpack-hmr",
  files: nextFiles,
  server: nextServer,
};
