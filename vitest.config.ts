import type { ViteUserConfig } from "vitest/config";

import { REPORT_VARIABLE, testReporters } from "./scripts/test-reporters.ts";

const config: ViteUserConfig = {
  resolve: { conditions: ["sallyport-source"] },
  ssr: { resolve: { conditions: ["sallyport-source", "node"] } },
  test: {
    include: [
      "packages/*/src/**/*.test.ts",
      "packages/*/test/**/*.test.ts",
      "test/**/*.test.ts",
      "examples/**/*.test.ts",
      "scripts/**/*.test.ts",
    ],
    setupFiles: ["./test/no-stray-console.ts", "./test/seeded-properties.ts"],
    // On two cores Vitest would leave one to itself.
    maxWorkers: "100%",
    ...testReporters(process.env[REPORT_VARIABLE]),
    testTimeout: 20_000,
    hookTimeout: 30_000,
    expect: { poll: { timeout: 10_000 } },
    coverage: { provider: "v8", include: ["packages/*/src/**/*.ts"], reporter: ["text", "json-summary"] },
  },
};

export default config;
