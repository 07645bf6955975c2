import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** Where `npm run demo` keeps its configuration, keys and journal. */
export const demoDirectory: string = fileURLToPath(new URL("../../.sallyport/demo/", import.meta.url));

/** The port of a demo's gate. @throws where none was started there */
export async function gatePort(directory: string): Promise<number> {
  const file = join(resolve(directory), "sallyport.yaml");
  const text = await readFile(file, "utf8").catch(() => "");
  const [, port] = /address: 127\.0\.0\.1:(\d+)/.exec(text) ?? [];
  if (port === undefined) throw new Error(`no gate in ${file}: start the demo first (npm run demo)`);
  return Number(port);
}
