import { fileURLToPath } from "node:url";

import { runExample } from "../shared/run-example.ts";
import { gameConfig } from "./game-config.ts";
import { startGame } from "./server.ts";

await runExample({
  ...gameConfig,
  directory: fileURLToPath(new URL("../../.sallyport/game/", import.meta.url)),
  start: async ({ ports: { game } }) => [await startGame(game)],
  introduction: ({ ports: { gate }, configFile }) => `
  The board, through the gate     https://localhost:${gate}/

  1. Open it and say a name. Your browser does not know the certificate of this machine's development CA: go on past the
     warning (Advanced, Proceed), or trust the CA whose file the gate names.
  2. Open it in a private window, too, with another name. Arrow keys or a finger move you, space or a tap plants a flag.
  3. Try to cheat: the buttons below the board send what the game would believe. What the gate decides appears below.

  In a second terminal, in this directory:

    what a step may be  edit ${configFile}, then
                        npx sallyport reload --config ${configFile}
    why it was refused  npx sallyport explain INCIDENT --config ${configFile}
    who has to go       npx sallyport revoke --user NAME --config ${configFile}

  Ctrl-C ends everything.
`,
});
