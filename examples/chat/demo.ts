import { fileURLToPath } from "node:url";

import { startGate, writeConfig, writtenPorts } from "./gate.ts";
import { type Hijacker, startHijacker } from "./hijack/server.ts";
import { freePort } from "./loopback.ts";
import { startChat } from "./server.ts";

const directory = fileURLToPath(new URL("../../.sallyport/demo/", import.meta.url));

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

function introduce(gatePort: number, hijackerPort: number): void {
  console.log(`
  The chat, through the gate     https://localhost:${gatePort}/
  A page that tries to hijack it http://localhost:${hijackerPort}/

  1. Open the chat. Your browser does not know the certificate of this machine's development CA:
     go on past the warning (Advanced, Proceed), or trust the CA whose file the gate names.
  2. Open it in a second window and talk to yourself.
  3. Open the hijack page in the same browser. What the gate decides appears below.

  Ctrl-C ends everything.
`);
}

const chat = await startChat(await freePort(writtenPorts.chat));
const gatePort = await freePort(writtenPorts.gate);
const adminPort = await freePort(writtenPorts.admin);
const configFile = await writeConfig(directory, { gate: gatePort, admin: adminPort, chat: chat.port });
const hijacker = await startHijackerFor(await freePort(8082), gatePort, chat.port);

async function stopPages(): Promise<void> {
  await Promise.all([chat.close(), hijacker.close()]);
}

try {
  const gate = await startGate(configFile);
  introduce(gatePort, hijacker.port);
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
