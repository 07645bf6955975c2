import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";

/** A configuration of an example, and how its copy differs. */
export interface ConfigCopy {
  /** The `sallyport.yaml` of the example. */
  readonly original: URL;
  /** Where the copy goes; made where it is not there. */
  readonly directory: string;
  /** Ports of `127.0.0.1` and `localhost` as they are written, and those that stand in the copy in their place. */
  readonly ports: ReadonlyMap<number, number>;
  /** Files beside the original that it names, such as schemas: they are copied, too. */
  readonly beside?: readonly string[];
}

/** Copies a configuration, with other ports, and what it names. Returns the copy's path. */
export async function writeConfig({ original, directory, ports, beside = [] }: ConfigCopy): Promise<string> {
  const text = await readFile(original, "utf8");
  await mkdir(directory, { recursive: true });
  for (const name of beside) await copyFile(new URL(name, original), join(directory, basename(name)));
  const file = join(directory, basename(fileURLToPath(original)));
  await writeFile(
    file,
    text.replace(/(127\.0\.0\.1|localhost):(\d+)/g, (whole, host: string, written: string) => {
      const port = ports.get(Number(written));
      return port === undefined ? whole : `${host}:${port}`;
    }),
  );
  return file;
}
