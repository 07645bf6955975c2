import { fileURLToPath } from "node:url";

import { runExample } from "../shared/run-example.ts";
import { startTrading } from "./server.ts";
import { tradingConfig } from "./trading-config.ts";

await runExample({
  ...tradingConfig,
  directory: fileURLToPath(new URL("../../.sallyport/trading/", import.meta.url)),
  start: async ({ ports: { desk } }) => [await startTrading(desk)],
  introduction: ({ ports: { gate }, configFile }) => `
  The trading desk, through the gate   https://localhost:${gate}/

  1. Open it and say a name; vera may only look. Your browser does not know the certificate of this machine's development
     CA: go on past the warning (Advanced, Proceed), or trust the CA whose file the gate names.
  2. Order something, and ask for a statement: the desk writes card and bank account into it, and the gate takes them out.
  3. Try what does not go: an order without a token, with somebody else's, beyond the limit. What the gate decides appears below.

  In a second terminal, in this directory:

    a lower limit        edit ${configFile}, then
                         npx sallyport reload --config ${configFile}
    why it was refused   npx sallyport explain INCIDENT --config ${configFile}
    who has to go        npx sallyport revoke --user NAME --config ${configFile}

  Ctrl-C ends everything.
`,
});
