import { join } from "node:path";

import { runExample } from "../shared/run-example.ts";
import { chatConfig } from "./chat-config.ts";
import { startHijacker } from "./hijack/server.ts";
import { introduction } from "./introduction.ts";
import { keepJournal } from "./journal.ts";
import { demoDirectory } from "./running-demo.ts";
import { startChat } from "./server.ts";

await runExample({
  ...chatConfig,
  directory: demoDirectory,
  ports: { ...chatConfig.ports, hijacker: 8082 },
  prepare: keepJournal,
  async start({ directory, ports: { gate, admin, chat, hijacker } }) {
    return [
      await startChat(chat, {
        admin: { url: `http://127.0.0.1:${admin}`, tokenFile: join(directory, "chat.token") },
      }),
      await startHijacker(hijacker, [
        {
          name: "Through the gate",
          page: `https://localhost:${gate}/.sallyport/live`,
          socket: `wss://localhost:${gate}/chat`,
        },
        {
          name: "Straight at the chat, round the gate",
          page: `http://localhost:${chat}/`,
          socket: `ws://localhost:${chat}/chat`,
        },
      ]),
    ];
  },
  introduction: ({ ports: { gate, hijacker }, configFile }) => introduction({ gate, hijacker, configFile }),
});
