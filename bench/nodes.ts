/**
 * What nodes that share their state cost the engine: virtual nodes, each with a connection of its own and the state code of the gate, against a
 * real redis-server on a free port. `npm run bench:nodes -- [--nodes 50] [--connections 100] [--seconds 5] [--lost 0.1] [--lease 3000]
 * [--orders 20] [--write]`; `--write` puts the table into RESULTS.md. Thousands of nodes: raise `ulimit -n`, and give it minutes.
 */
import { readFile, writeFile } from "node:fs/promises";
import process from "node:process";
import { parseArgs } from "node:util";
import { runFanOut, runIdle, runJoin, runMessages, runStorm, type Fleet } from "./nodes/phases.ts";
import { startEngine } from "./nodes/engine.ts";
import { NODES_HEADING, withSection } from "./results-page.ts";

const { values } = parseArgs({
  options: {
    nodes: { type: "string", default: "50" },
    connections: { type: "string", default: "100" },
    seconds: { type: "string", default: "5" },
    lost: { type: "string", default: "0.1" },
    lease: { type: "string", default: "3000" },
    orders: { type: "string", default: "20" },
    write: { type: "boolean", default: false },
  },
});
const options = {
  nodes: Number(values.nodes),
  connections: Number(values.connections),
  seconds: Number(values.seconds),
  lost: Number(values.lost),
  leaseMs: Number(values.lease),
  orders: Number(values.orders),
};

const say = (line: string): void => void process.stderr.write(`${line}\n`);
const engine = await startEngine();
const fleet: Fleet = { engine, options, nodes: [] };
const lines: string[] = [];
try {
  for (const [name, phase] of [
    ["join", runJoin],
    ["idle", runIdle],
    ["messages", runMessages],
    ["storm", runStorm],
    ["orders", runFanOut],
  ] as const) {
    say(`${name} …`);
    for (const [what, found] of await phase(fleet)) lines.push(`| ${what} | ${found} |`);
  }
} finally {
  for (const node of fleet.nodes) node.close();
  await engine.stop();
}
const section = [
  `Written by \`npm run bench:nodes -- --nodes ${options.nodes} --connections ${options.connections} --write\`, ${new Date().toISOString().slice(0, 10)}, Node ${process.versions.node}. All nodes are in one process, which shares the machine with the engine: latencies are theirs together.`,
  "",
  `| ${options.nodes} nodes with ${options.connections} connections each | found |`,
  "| --- | --: |",
  ...lines,
].join("\n");
console.log(section);
if (values.write) {
  const file = new URL("RESULTS.md", import.meta.url);
  await writeFile(file, withSection(await readFile(file, "utf8"), NODES_HEADING, section));
}
