import { randomBytes } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

/** Where the demo's journal is, beside its configuration; the key and what witnesses it are where who copies the journal does not find them. */
export const journalPlaces = {
  segments: "journal/segments",
  key: "keys/journal.key",
  checkpoint: "elsewhere/checkpoint",
} as const;

const written = "journal: off\n";
const kept = `journal:
  directory: ${journalPlaces.segments}
  keyFile: ${journalPlaces.key}
  payloads: full
  retain: 1d
  checkpoints: ${journalPlaces.checkpoint}
`;

/** Switches the journal on in a copy of `sallyport.yaml`, and makes the key where there is none. */
export async function keepJournal(configFile: string): Promise<void> {
  const directory = dirname(configFile);
  const text = await readFile(configFile, "utf8");
  if (!text.includes(written)) throw new Error(`expected \`journal: off\` in ${configFile}`);
  await writeFile(configFile, text.replace(written, kept));
  for (const place of [journalPlaces.key, journalPlaces.checkpoint])
    await mkdir(join(directory, dirname(place)), { recursive: true, mode: 0o700 });
  await makeKey(join(directory, journalPlaces.key));
}

async function makeKey(file: string): Promise<void> {
  try {
    await writeFile(file, `${randomBytes(32).toString("base64")}\n`, { flag: "wx", mode: 0o600 });
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  }
}
