/**
 * The connections that say nothing, for `live.ts`, in a process of their own: ten thousand sockets beside them would show in what
 * the talkers measure. Tells its parent when all are open, and of each that ends.
 */
import { readFile } from "node:fs/promises";
import process from "node:process";
import { openClients } from "./open-clients.ts";

/** What the parent is told. */
export type Ended = { readonly index: number; readonly code: number };

const [, , port = "", tokensFile = "", first = ""] = process.argv;
const tokens = (await readFile(tokensFile, "utf8")).trimEnd().split("\n").slice(Number(first));
const sockets = await openClients(Number(port), tokens);
for (const [index, socket] of sockets.entries()) {
  socket.on("close", (code) => {
    const ended: Ended = { index: Number(first) + index, code };
    process.send?.(ended);
  });
}
process.on("disconnect", () => process.exit(0));
process.send?.({ open: sockets.length });
