// The lab: npm run demo:lab. `--free-ports` takes whatever ports are free, `--directory DIR` says where configurations are copied to.
import { resolve } from "node:path";
import { parseArgs } from "node:util";

import { startLabServer } from "./lab-server.ts";

const { values: flags } = parseArgs({
  options: {
    directory: { type: "string", default: ".sallyport/lab" },
    "free-ports": { type: "boolean", default: false },
  },
});
const anyPorts = flags["free-ports"];
const lab = await startLabServer({
  port: anyPorts ? 0 : 8090,
  directory: resolve(flags.directory),
  anyPorts,
});
console.log(`
  The lab: eight small vulnerable applications, on this machine alone, one at a time.

  Open ${lab.url}/

  Ctrl-C ends it, and whatever it started.
`);
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => void lab.close());
