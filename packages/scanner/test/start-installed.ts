import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { CurrentRelease } from "../corpus/release.ts";
import { startVersion } from "../corpus/start-version.ts";
import type { SpecimenServer } from "./specimen.ts";

const modules = fileURLToPath(new URL("../../../node_modules/", import.meta.url));

/** Starts the server of a current release, as the corpus does, on the release that is installed here. */
export async function startInstalled(release: CurrentRelease): Promise<SpecimenServer> {
  const folder = await mkdtemp(join(tmpdir(), "sallyport-installed-"));
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    for (const [name, text] of Object.entries({ ...release.files, "server.cjs": release.server }))
      await writeFile(join(folder, name), text);
    for (const name of [release.package, ...Object.keys(release.beside ?? {})]) {
      const link = join(folder, "node_modules", name);
      await mkdir(dirname(link), { recursive: true });
      await symlink(join(modules, name), link);
    }
    const pair = { ...release, advisory: "", vulnerable: "", fixed: "", check: "" };
    const { url, stop } = await startVersion(pair, folder);
    return { url, close: () => stop().finally(remove) };
  } catch (error) {
    await remove();
    throw error;
  }
}
