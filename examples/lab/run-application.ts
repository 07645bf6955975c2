// Runs `vulnerable.ts` or `fixed.ts` of a lesson in this process: node run-application.ts FILE PORT ORIGIN…
import { pathToFileURL } from "node:url";

import type { Start } from "./place.ts";

const [file = "", port = "", ...origins] = process.argv.slice(2);
const loaded: { readonly start: Start } = await import(pathToFileURL(file).href);
await loaded.start({ port: Number(port), origins: new Set(origins) });
// Whoever started it waits for this, and ends it: without them it has no business.
process.on("disconnect", () => process.exit());
process.send?.("listening");
