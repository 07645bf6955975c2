import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { inertJson } from "../../journal/export-records.ts";
import type { ReadingKeys } from "../../journal/journal-keys.ts";
import { openReader } from "../../journal/journal-reader.ts";
import { type JournalFault, verifyJournal, type VerifyReport } from "../../journal/verify-journal.ts";
import { printable } from "../printable.ts";
import { exitCodes, paint, type Style, type Terminal } from "../terminal.ts";
import { loadJournalKey } from "./load-journal-key.ts";
import { findPlace, type JournalPlace, type PlaceOptions } from "./journal-place.ts";
import { ProgressLine } from "./progress-line.ts";
import { refuse } from "./refuse.ts";
import { verifyProof } from "./verify-proof.ts";

/** What `journal verify` takes. */
export interface VerifyCommandOptions extends PlaceOptions {
  /** A file with a checkpoint that was kept elsewhere. */
  readonly checkpoint?: string;
  /** The public key that is known from elsewhere, or a file with it. */
  readonly publicKey?: string;
  /** A file with a proof, which is checked instead of a journal. */
  readonly proof?: string;
  readonly json: boolean;
}

/**
 * `sallyport journal verify`: whether a journal is what was written, all of it, and in its order; or whether a proof proves what it says.
 * Exit code 1 where not. It works without a key; with one, it knows more, and says what it cannot know.
 */
export async function runVerify(options: VerifyCommandOptions, terminal: Terminal): Promise<number> {
  const given = await readGiven(options, terminal);
  if (typeof given === "string") return refuse(given, terminal, exitCodes.usage);
  if (options.proof !== undefined)
    return await verifyProof({ file: options.proof, ...given, json: options.json }, terminal);
  const found = await findPlace(options, terminal.directory);
  if (!found.ok) return refuse(found.problem, terminal, exitCodes.usage);
  const keys = await keysOf(found.place);
  if (!keys.ok && options.key !== undefined) return refuse(keys.problem, terminal, exitCodes.usage);
  const progress = new ProgressLine(terminal);
  try {
    const report = await verifyJournal({
      directory: found.place.directory,
      keyring: keys.ok ? keys.keyring : null,
      ...given,
      onProgress: (done, of) => progress.show(() => `${done} of ${of} segments verified`),
    });
    progress.clear();
    const note = keys.ok || found.place.key === null ? null : keys.problem;
    terminal.out(
      options.json
        ? `${inertJson({ ...report, key: note ?? undefined }, 2)}\n`
        : describe(report, note, terminal),
    );
    return report.ok ? exitCodes.done : exitCodes.found;
  } catch (error) {
    progress.clear();
    const { message } = error as Error;
    return refuse(`expected a journal in ${found.place.directory}: ${message}`, terminal, exitCodes.usage);
  }
}

type Given = { readonly checkpoint?: string; readonly verifier?: string };

/** The texts that were kept elsewhere, or what is wrong with their files. */
async function readGiven(
  { checkpoint, publicKey }: VerifyCommandOptions,
  { directory }: Terminal,
): Promise<Given | string> {
  const note = checkpoint === undefined ? undefined : await textOf(resolve(directory, checkpoint));
  if (note === null) return `--checkpoint ${checkpoint}: expected a file that can be read`;
  // A public key has a slash in its name, and so have files.
  const isText = publicKey?.startsWith("sallyport/journal/") === true;
  const verifier =
    publicKey === undefined || isText ? publicKey : await textOf(resolve(directory, publicKey));
  if (verifier === null)
    return `--public-key ${publicKey}: expected a file that can be read, or the key itself`;
  return {
    ...(note === undefined ? {} : { checkpoint: note }),
    ...(verifier === undefined ? {} : { verifier: verifier.trim() }),
  };
}

async function textOf(file: string): Promise<string | null> {
  return await readFile(file, "utf8").catch(() => null);
}

type Keys =
  | { readonly ok: true; readonly keyring: ReadingKeys }
  | { readonly ok: false; readonly problem: string };

async function keysOf({ key, directory, payloadKeys }: JournalPlace): Promise<Keys> {
  const read = await loadJournalKey(key);
  if (!read.ok) return read;
  const opened = await openReader(directory, read.key, payloadKeys ?? undefined);
  return opened.ok ? { ok: true, keyring: opened.reader.keys } : opened;
}

function describe(report: VerifyReport, keyNote: string | null, terminal: Terminal): string {
  const { ok, segments, retired, frames, records, bytes, head, verifier } = report;
  const gone = retired === 0 ? "" : `; ${retired} segments before them were retired`;
  // Names of files are whatever somebody gave them.
  const line = (style: Style, word: string, text: string): string =>
    `${paint(terminal, style, word.padEnd(8))} ${printable(text)}\n`;
  const unknown = [...report.unknown, ...(keyNote === null ? [] : [`what the keys would tell: ${keyNote}`])];
  return [
    ok ? line("green", "sound", "") : line("red", "BROKEN", ""),
    line("dim", "read", `${segments} segments, ${frames} frames, ${records} records, ${bytes} bytes${gone}`),
    ...report.faults.map((fault) => line("red", "fault", `${placeOf(fault)}: ${fault.what}`)),
    ...report.sound.map((text) => line("green", "holds", text)),
    ...unknown.map((text) => line("yellow", "unknown", text)),
    ...(head === null ? [] : [line("dim", "head", `${head.size} frames, root ${head.root}`)]),
    ...(verifier === null ? [] : [line("dim", "key", verifier)]),
  ].join("");
}

function placeOf({ segment, frame, offset }: JournalFault): string {
  const where = [
    segment,
    frame === null ? null : `frame ${frame}`,
    offset === null ? null : `byte ${offset}`,
  ];
  return where.filter((part) => part !== null).join(", ") || "the journal";
}
