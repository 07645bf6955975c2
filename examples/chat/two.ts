import { once } from "node:events";
import { relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

import { claimDirectory } from "../shared/claim-directory.ts";
import { freePort } from "../shared/loopback.ts";
import { type GatePorts, startTwoGateways, type TwoPorts, writtenPorts } from "./two-gateways.ts";

const { values: flags } = parseArgs({
  options: {
    directory: {
      type: "string",
      default: fileURLToPath(new URL("../../.sallyport/demo-two/", import.meta.url)),
    },
    "free-ports": { type: "boolean", default: false },
  },
});

const port = (written: number): Promise<number> => freePort(flags["free-ports"] ? 0 : written);

async function gatePorts({ gate, admin }: GatePorts): Promise<GatePorts> {
  return { gate: await port(gate), admin: await port(admin) };
}

async function findPorts({ balancer, redis, chat, one, two }: TwoPorts): Promise<TwoPorts> {
  return {
    balancer: await port(balancer),
    redis: await port(redis),
    chat: await port(chat),
    one: await gatePorts(one),
    two: await gatePorts(two),
  };
}

/** As it is written in a command. */
function fromHere(path: string): string {
  const short = relative(process.cwd(), path);
  return short.startsWith("..") ? path : short;
}

function introduction({ balancer }: TwoPorts, [one, two]: readonly [string, string]): string {
  const [first, second] = [`--config ${fromHere(one)}`, `--config ${fromHere(two)}`];
  return `
  The chat, through the load balancer and one of two gates     https://localhost:${balancer}/

  1. Open it and log in as ann; in a private window log in as ben. The certificate is the development CA's, of both gates.
  2. Who is connected, and where? Either gate tells of both:

       npx sallyport sessions list ${first}

  3. Revoke ben at the second gate, wherever he is connected: his page is closed within a second.

       npx sallyport revoke --user ben ${second}

  4. Either gate knows of it, and lets him back in:

       npx sallyport revoke list ${first}
       npx sallyport revoke remove ID ${first}

  Ctrl-C ends everything.
`;
}

const stopping = new AbortController();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => stopping.abort());

try {
  const ports = await findPorts(writtenPorts);
  const giveBack = await claimDirectory(resolve(flags.directory));
  const running = await startTwoGateways(resolve(flags.directory), ports);
  for (const gate of running.gates) gate.process.once("exit", () => stopping.abort());
  // Whoever ended it before it had begun wants it to be over.
  if (!stopping.signal.aborted) {
    console.log(introduction(ports, running.configFiles));
    await once(stopping.signal, "abort");
  }
  await running.close();
  await giveBack();
} catch (error) {
  console.error(`The example could not start: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 3;
}
