import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

/** One entry of the client with all that it imports, as a module that a page can load. */
export async function bundleClient(entry: string, minify = false): Promise<string> {
  const input = fileURLToPath(new URL(`../src/${entry}.ts`, import.meta.url));
  const bundle = await rolldown({ input, platform: "browser" });
  const { output } = await bundle.generate({ format: "esm", minify });
  await bundle.close();
  return output[0].code;
}
