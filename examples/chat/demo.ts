import { relative, resolve } from "node:path";
import { parseArgs } from "node:util";

import { startGate, writeConfig, writtenPorts } from "./gate.ts";
import { type Hijacker, startHijacker } from "./hijack/server.ts";
import { introduction } from "./introduction.ts";
import { keepJournal } from "./journal.ts";
import { freePort } from "./loopback.ts";
import { demoDirectory } from "./running-demo.ts";
import { startChat } from "./server.ts";

const { values: flags } = parseArgs({
  options: {
    // Where its configuration and the files of its gate are.
    directory: { type: "string", default: demoDirectory },
    // Whatever ports are free, instead of those in `sallyport.yaml`.
    "free-ports": { type: "boolean", default: false },
  },
});
const directory = resolve(flags.directory);

function portFor(wanted: number): Promise<number> {
  return freePort(flags["free-ports"] ? 0 : wanted);
}

function startHijackerFor(port: number, gatePort: number, chatPort: number): Promise<Hijacker> {
  return startHijacker(port, [
    {
      name: "Through the gate",
      page: `https://localhost:${gatePort}/.sallyport/live`,
      socket: `wss://localhost:${gatePort}/chat`,
    },
    {
      name: "Straight at the chat, round the gate",
      page: `http://localhost:${chatPort}/`,
      socket: `ws://localhost:${chatPort}/chat`,
    },
  ]);
}

/** As it is written in a command. */
function fromHere(path: string): string {
  const short = relative(process.cwd(), path);
  return short.startsWith("..") ? path : short;
}

const chat = await startChat(await portFor(writtenPorts.chat));
const ports = {
  gate: await portFor(writtenPorts.gate),
  admin: await portFor(writtenPorts.admin),
  chat: chat.port,
};
const configFile = await writeConfig(directory, ports);
await keepJournal(configFile);
const hijacker = await startHijackerFor(await portFor(8082), ports.gate, chat.port);

async function stopPages(): Promise<void> {
  await Promise.all([chat.close(), hijacker.close()]);
}

try {
  const gate = await startGate(configFile);
  console.log(
    introduction({
      gate: ports.gate,
      hijacker: hijacker.port,
      configFile: fromHere(configFile),
    }),
  );
  gate.process.once("exit", (code) => {
    process.exitCode = code ?? 1;
    void stopPages();
  });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => void gate.stop());
} catch (error) {
  console.error(`The demo could not start: ${String(error)}`);
  process.exitCode = 3;
  await stopPages();
}
