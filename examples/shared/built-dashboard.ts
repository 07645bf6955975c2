import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
/** Where the gate looks for it. */
const built = join(root, "packages/sallyport/dashboard");

/** The folder of the page, as it is built. */
export const builtDashboard: URL = pathToFileURL(`${built}/`);

const isBuilt = (): boolean => existsSync(join(built, "index.html"));

/**
 * Builds the dashboard where that was not done yet, which takes a second or two. Elsewhere first, and then put in its place at once: others may
 * do the same in this moment. Rejects with what the build said.
 */
export async function ensureDashboard(): Promise<void> {
  if (!isBuilt()) await build(false);
}

/** Builds the dashboard as its source is now, in place of what was built before: for whoever looks at it, or measures it. Likewise. */
export async function buildDashboard(): Promise<void> {
  await build(true);
}

async function build(replaces: boolean): Promise<void> {
  const directory = await mkdtemp(`${built}-`);
  try {
    const args = ["run", "--silent", "build", "-w", "@sallyport/dashboard", "--"];
    const builder = spawn("npm", [...args, "--outDir", directory, "--logLevel", "warn"], {
      cwd: root,
      stdio: ["ignore", "ignore", "pipe"],
    });
    let said = "";
    builder.stderr.setEncoding("utf8").on("data", (text: string) => (said += text));
    const [code]: unknown[] = await once(builder, "close");
    if (code !== 0) throw new Error(`the dashboard could not be built: ${said}`);
    if (replaces) await rm(built, { recursive: true, force: true });
    await rename(directory, built).catch((error: unknown) => {
      if (!isBuilt()) throw error;
    });
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
