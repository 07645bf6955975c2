import { fileURLToPath } from "node:url";

import { rolldown } from "rolldown";

const made = new Map<string, Promise<string>>();

async function bundle(entry: URL): Promise<string> {
  const build = await rolldown({
    input: fileURLToPath(entry),
    platform: "browser",
    // In a checkout `@sallyport/client` is its source: nothing is built first.
    resolve: { conditionNames: ["sallyport-source", "import", "browser", "default"] },
  });
  const { output } = await build.generate({ format: "esm" });
  await build.close();
  return output[0].code;
}

/** The script of a page with all that it imports, packages too, as one module; bundled once, when it is first asked for. */
export function bundlePage(entry: URL): Promise<string> {
  const found = made.get(entry.href) ?? bundle(entry);
  made.set(entry.href, found);
  return found;
}
