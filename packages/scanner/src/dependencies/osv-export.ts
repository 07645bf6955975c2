import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { type Entry, openPromise } from "yauzl";
import { problemOf } from "../problem-of.ts";

/** The most records of an export, and the largest record, that are read. */
export const exportLimits: { readonly records: number; readonly bytes: number } = {
  records: 1_000_000,
  bytes: 4 * 1024 * 1024,
};

/**
 * The records of an export of OSV: of the ZIP archive that it publishes for an ecosystem, of a folder of such files, or of one file with a
 * record or a list of them. Rejects where one cannot be read, or where there are more or larger ones than are read.
 */
export async function* readOsvExport(path: string): AsyncGenerator<unknown> {
  const found = await stat(path);
  let count = 0;
  const texts = found.isDirectory()
    ? ofFolder(path)
    : path.toLowerCase().endsWith(".zip")
      ? ofArchive(path)
      : ofFile(path);
  for await (const { name, text } of texts) {
    const parsed = parse(name, text);
    for (const record of Array.isArray(parsed) ? parsed : [parsed]) {
      count += 1;
      if (count > exportLimits.records)
        throw new Error(`${path} has more than ${exportLimits.records} records`);
      yield record;
    }
  }
}

interface Text {
  readonly name: string;
  readonly text: string;
}

async function* ofFile(path: string): AsyncGenerator<Text> {
  const { size } = await stat(path);
  // A file may hold a list of many.
  if (size > exportLimits.bytes * 64)
    throw new Error(`${path} is larger than ${exportLimits.bytes * 64} bytes`);
  yield { name: path, text: await readFile(path, "utf8") };
}

async function* ofFolder(path: string): AsyncGenerator<Text> {
  for (const name of (await readdir(path)).filter((each) => each.endsWith(".json")).sort()) {
    const file = join(path, name);
    if ((await stat(file)).size > exportLimits.bytes)
      throw new Error(`${file} is larger than ${exportLimits.bytes} bytes`);
    yield { name, text: await readFile(file, "utf8") };
  }
}

async function* ofArchive(path: string): AsyncGenerator<Text> {
  const archive = await openPromise(path, { lazyEntries: true, validateEntrySizes: true });
  try {
    for await (const entry of archive.eachEntry()) {
      if (!entry.fileName.endsWith(".json")) continue;
      yield { name: entry.fileName, text: await textOf(archive, entry) };
    }
  } finally {
    archive.close();
  }
}

async function textOf(archive: Awaited<ReturnType<typeof openPromise>>, entry: Entry): Promise<string> {
  if (entry.uncompressedSize > exportLimits.bytes)
    throw new Error(`${entry.fileName} is larger than ${exportLimits.bytes} bytes`);
  const parts: Buffer[] = [];
  for await (const part of await archive.openReadStreamPromise(entry)) parts.push(Buffer.from(part));
  return Buffer.concat(parts).toString("utf8");
}

function parse(name: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`${name} is not JSON: ${problemOf(error)}`, { cause: error });
  }
}
