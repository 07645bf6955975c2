import { fileURLToPath } from "node:url";

import type { ViteUserConfig } from "vitest/config";

import { REPORT_VARIABLE, testReporters } from "./scripts/test-reporters.ts";

/** Tests beside what they test, which share processes: to start one for each file, and to load in it what is tested, takes longer than its tests. */
const shared = ["packages/*/src/**/*.test.ts"];
/** Those among them that measure times or memory, which a process has alone. */
const measuring = [
  "packages/sallyport/src/guards/{client-address,threat-signatures}.test.ts",
  "packages/sallyport/src/hosts/{incident-log,outputs}.test.ts",
  "packages/sallyport/src/protocol/{extensions,inflater,request-target,subprotocol,token}.test.ts",
];

const config: ViteUserConfig = {
  resolve: { conditions: ["sallyport-source"] },
  ssr: { resolve: { conditions: ["sallyport-source", "node"] } },
  test: {
    setupFiles: [
      "./test/no-stray-console.ts",
      "./test/nothing-left-behind.ts",
      "./test/patience.ts",
      "./test/seeded-properties.ts",
    ],
    // Processes and threads that tests start find their source compiled: else each begins with a second of that.
    env: {
      NODE_COMPILE_CACHE: fileURLToPath(new URL("node_modules/.cache/sallyport-tests", import.meta.url)),
    },
    // On two cores Vitest would leave one to itself.
    // Tests wait a third of their time, for processes, pages and silence.
    maxWorkers: 3,
    maxConcurrency: 10,
    // With V8's baseline compiler the collector of Node 24 now and then follows a pointer that is none, and the process dies in the middle of
    // whatever test it runs (nodejs/node#62393).
    execArgv: ["--no-sparkplug"],
    ...testReporters(process.env[REPORT_VARIABLE]),
    // What a test waits for ends it: these are for what never comes, on machines that do much else at the time.
    testTimeout: 120_000,
    hookTimeout: 180_000,
    expect: { poll: { timeout: 30_000 } },
    coverage: { provider: "v8", include: ["packages/*/src/**/*.ts"], reporter: ["text", "json-summary"] },
    // Projects run in the order of their names: the many short files at the end keep all workers busy until then.
    projects: [
      {
        extends: true,
        test: {
          name: "alone",
          include: ["{examples,packages/*/test,scripts,test}/**/*.test.ts", ...measuring],
        },
      },
      { extends: true, test: { name: "shared", include: shared, exclude: measuring, isolate: false } },
    ],
  },
};

export default config;
