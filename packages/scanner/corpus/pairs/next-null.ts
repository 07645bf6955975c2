import type { CorpusPair } from "../pair.ts";
import { nextFiles, nextServer } from "../next-application.ts";

/** CVE-2026-27977 in next. */
export const nextNull: CorpusPair = {
  name: "next-null",
  advisory: "CVE-2026-27977",
  package: "next",
  vulnerable: "16.1.6",
  fixed: "16.1.7",
  beside: { react: "19.2.3", "react-dom": "19.2.3" },
  check: "accepts-null-origin",
  path: "/_next/webpack-hmr",
  files: nextFiles,
  server: nextServer.replace("dev: true", "dev: true, webpack: true"),
};
