import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** Where `npm run demo` keeps its configuration, keys and journal. */
export const demoDirectory: string = fileURLToPath(new URL("../../.sallyport/demo/", import.meta.url));

/** Does something to a running demo. Where there is none it says so, and the exit code is 3. */
export async function atDemo(directory: string, act: (port: number) => Promise<void>): Promise<void> {
  try {
    await act(await gatePort(directory));
  } catch (error) {
    console.error(error instanceof Error ? whatToDo(error) : String(error));
    process.exitCode = 3;
  }
}

function whatToDo(error: Error): string {
  switch ("code" in error ? error.code : null) {
    case "ECONNREFUSED":
      return `no gate answers: start the demo first (npm run demo). ${error.message}`;
    case "EADDRNOTAVAIL":
      return `this machine does not have that address: write --from 127.0.0.1, or see docs/tutorial-watch.md. ${error.message}`;
    default:
      return error.message;
  }
}

/** The port of a demo's gate. @throws where none was started there */
async function gatePort(directory: string): Promise<number> {
  const file = join(resolve(directory), "sallyport.yaml");
  const text = await readFile(file, "utf8").catch(() => "");
  const [, port] = /address: 127\.0\.0\.1:(\d+)/.exec(text) ?? [];
  if (port === undefined) throw new Error(`no gate in ${file}: start the demo first (npm run demo)`);
  return Number(port);
}
