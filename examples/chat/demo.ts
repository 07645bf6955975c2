import { join, relative } from "node:path";

import { ensureDashboard } from "../shared/built-dashboard.ts";
import { runExample } from "../shared/run-example.ts";
import { type Attacker, startAttacker } from "./attacker/server.ts";
import { chatConfig } from "./chat-config.ts";
import { introduction } from "./introduction.ts";
import { keepJournal } from "./journal.ts";
import { demoDirectory } from "./running-demo.ts";
import { startChat } from "./server.ts";

let attacker: Attacker | null = null;

await runExample({
  ...chatConfig,
  directory: demoDirectory,
  ports: { ...chatConfig.ports, attacker: 8082 },
  async prepare(configFile) {
    await Promise.all([keepJournal(configFile), ensureDashboard()]);
  },
  async start({ directory, ports }) {
    const url = `http://127.0.0.1:${ports.admin}`;
    const access = (tokenFile: string) => ({ url, tokenFile: join(directory, tokenFile) });
    const chat = await startChat(ports.chat, { admin: access("chat.token") });
    const { gate } = ports;
    attacker = await startAttacker(ports.attacker, {
      gate,
      chat: chat.port,
      admin: access("attacker-page.token"),
    });
    return [chat, attacker];
  },
  onLogLine: (line) => attacker?.hear(line),
  introduction: ({ directory, ports, configFile }) =>
    introduction({
      ...ports,
      configFile,
      tokenFile: relative(process.cwd(), join(directory, "admin.token")),
    }),
});
