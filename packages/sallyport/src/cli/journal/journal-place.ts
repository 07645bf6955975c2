import { access } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Config, MasterKeySource } from "../../policy/effective-config.ts";
import { renderProblem } from "../../policy/problem.ts";
import { DEFAULT_CONFIG } from "../../policy/run-flags.ts";

/** How a command is told which journal it is about. */
export interface PlaceOptions {
  /** A configuration, which says both. Default: `sallyport.yaml` in the directory. */
  readonly config?: string;
  /** The journal's directory, in place of a configuration: on a machine where there is none. */
  readonly dir?: string;
  /** A file with a key; default: the key of the configuration. */
  readonly key?: string;
  /** Where payload keys are, beside `dir`, unless they are in it. */
  readonly payloadKeys?: string;
}

/** A journal that a command is about. Paths are absolute. */
export interface JournalPlace {
  readonly directory: string;
  /** `null`: in the directory. */
  readonly payloadKeys: string | null;
  /** `null`: nothing says one. */
  readonly key: MasterKeySource | null;
  /** Whose journal it is; `null` where only its directory is known. */
  readonly config: Config | null;
}

/** A journal, or what to tell whoever asked. */
export type PlaceFound =
  | { readonly ok: true; readonly place: JournalPlace }
  | { readonly ok: false; readonly problem: string };

const HOW = `expected --config FILE of a gate with a journal, or --dir DIRECTORY --key FILE of a journal`;

/** Finds the journal that some options mean. @param directory what relative paths are relative to */
export async function findPlace(options: PlaceOptions, directory: string): Promise<PlaceFound> {
  const { dir, key, payloadKeys } = options;
  const given = key === undefined ? null : { file: resolve(directory, key) };
  if (dir !== undefined) {
    if (options.config !== undefined)
      return refuse("--dir says where the journal is: take it out, or --config");
    const place = { directory: resolve(directory, dir), key: given, config: null };
    const keys = payloadKeys === undefined ? null : resolve(directory, payloadKeys);
    return { ok: true, place: { ...place, payloadKeys: keys } };
  }
  if (payloadKeys !== undefined)
    return refuse("--payload-keys goes with --dir: a configuration says itself where they are");
  const isThere = options.config !== undefined || (await exists(join(directory, DEFAULT_CONFIG)));
  if (!isThere) return refuse(HOW);
  const found = await placeOfConfig(resolve(directory, options.config ?? DEFAULT_CONFIG));
  return found.ok && given !== null ? { ok: true, place: { ...found.place, key: given } } : found;
}

async function placeOfConfig(file: string): Promise<PlaceFound> {
  // With every guard: only where it is needed.
  const { loadConfig } = await import("../../policy/load-config.ts");
  const loaded = await loadConfig(file);
  if (!loaded.ok)
    return refuse([...loaded.problems.map(renderProblem), "Mend it, or use --dir and --key"].join("\n"));
  const { config } = loaded;
  const { journal } = config;
  if (journal === null) return refuse(`${file}: its \`journal\` is off: use --dir and --key`);
  const { directory, key, payloadKeys } = journal;
  return { ok: true, place: { directory, key, payloadKeys, config } };
}

function refuse(problem: string): PlaceFound {
  return { ok: false, problem };
}

async function exists(file: string): Promise<boolean> {
  return await access(file).then(
    () => true,
    () => false,
  );
}
