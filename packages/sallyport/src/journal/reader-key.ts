import { Buffer } from "node:buffer";
import { randomBytes } from "node:crypto";
import { closeSync, fdatasyncSync, openSync, writeFileSync } from "node:fs";
import { z } from "zod";
import type { ReadingKeys } from "./journal-keys.ts";
import { changeKeyring, type KeyringChanged, rotated } from "./keyring.ts";
import { KEYRING_FILE, openReaderSecrets, readKeyringFile } from "./keyring-file.ts";
import type { MasterKey } from "./master-key.ts";
import { type ReaderRole, readerRoles, roleKeys } from "./role-keys.ts";

/** A key with which one reader opens what a role may read of one journal, and nothing else. */
export interface ReaderKey {
  /** 8 bytes in hex. */
  readonly id: string;
  /** What it was given for. What it opens is what the journal keeps for it, whatever stands here. */
  readonly role: ReaderRole;
  /** The journal's id and its public key, known before the journal is looked at. */
  readonly journal: string;
  readonly verifier: string;
  /** 32 bytes. */
  readonly key: Uint8Array;
}

/** A reader key, or what is wrong with the text that should be one. */
export type ReaderKeyRead =
  | { readonly ok: true; readonly key: ReaderKey }
  | { readonly ok: false; readonly problem: string };

/** The first line of a reader key file: by it one is told from a master key. */
const FIRST_LINE = "sallyport journal reader key 1";
const KEY_BYTES = 32;
const NO_JOURNAL = { ok: false, problem: "there is no journal here" } as const;

const fieldsSchema = z.strictObject({
  role: z.enum(readerRoles),
  reader: z.string().regex(/^[0-9a-f]{16}$/),
  journal: z.string().regex(/^[0-9a-f]{32}$/),
  verifier: z.string().max(256),
  key: z.base64().length(44),
});

/** The text of a reader key file. */
export function serializeReaderKey({ id, role, journal, verifier, key }: ReaderKey): string {
  const fields = { role, reader: id, journal, verifier, key: Buffer.from(key).toString("base64") };
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}`);
  return `${[FIRST_LINE, ...lines].join("\n")}\n`;
}

/** Whether a text says that it is a reader key, sound or not. */
export function isReaderKeyText(text: string): boolean {
  return text.trimStart().startsWith("sallyport journal reader key ");
}

/** Reads the text of a reader key file. */
export function parseReaderKey(text: string): ReaderKeyRead {
  const [first, ...lines] = text.trim().split(/\r?\n/);
  const entries = lines.map((line) => {
    const colon = line.indexOf(": ");
    return [line.slice(0, Math.max(0, colon)), line.slice(colon + 2).trim()] as const;
  });
  const parsed = fieldsSchema.safeParse(Object.fromEntries(entries));
  if (first !== FIRST_LINE || !parsed.success)
    return { ok: false, problem: "it is not a reader key, or not all of one: ask for a new one" };
  const { reader: id, role, journal, verifier } = parsed.data;
  const key = Buffer.from(parsed.data.key, "base64");
  if (key.length !== KEY_BYTES) return { ok: false, problem: "its key has not 32 bytes: ask for a new one" };
  return { ok: true, key: { id, role, journal, verifier, key } };
}

/** Writes a reader key into a new file, for its owner alone. @throws where there is a file of that name, or it cannot be written */
export function writeReaderKey(file: string, key: ReaderKey): void {
  const descriptor = openSync(file, "wx", 0o600);
  try {
    writeFileSync(descriptor, serializeReaderKey(key));
    fdatasyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** A reader who was given a key. It is nowhere else but with the journal's master key: give it to its owner. */
export type ReaderGranted =
  | (Extract<KeyringChanged, { ok: true }> & { readonly reader: ReaderKey })
  | { readonly ok: false; readonly problem: string };

/** Gives a reader what a role may open of a journal: what is written until now, and what comes. @throws where the disk or the master key fails */
export async function grantReader(
  directory: string,
  master: MasterKey,
  role: ReaderRole,
): Promise<ReaderGranted> {
  const id = randomBytes(8).toString("hex");
  const key = randomBytes(KEY_BYTES);
  const changed = await changeKeyring(directory, master, {
    change: (content) => {
      const reader = { id, role, key: key.toString("base64") };
      return { ok: true, value: { ...content, readers: [...content.readers, reader] } };
    },
  });
  if (changed === null) return NO_JOURNAL;
  if (!changed.ok) return changed;
  const { journal, verifier } = changed.keyring;
  return { ...changed, reader: { id, role, journal, verifier, key } };
}

/** A reader who is none any more, or why that did not happen. */
export type ReaderRevoked =
  | (Extract<KeyringChanged, { ok: true }> & { readonly role: ReaderRole; readonly remains: string })
  | { readonly ok: false; readonly problem: string };

/**
 * Takes from a reader what comes: the journal's keys are rotated, and the reader gets none of the new ones; what was handed over is to
 * reach the writer, which goes on with the keys before until then. What was readable until now stays readable for who kept a
 * copy of `keyring.json` with the key: nothing can take that back. @throws where the disk or the master key fails
 */
export async function revokeReader(directory: string, master: MasterKey, id: string): Promise<ReaderRevoked> {
  let role: ReaderRole = "viewer";
  const changed = await changeKeyring(directory, master, {
    change: (content) => {
      const reader = content.readers.find((known) => known.id === id);
      if (reader === undefined) return { ok: false, problem: `the journal has no reader ${id}` };
      ({ role } = reader);
      const readers = content.readers.filter((known) => known !== reader);
      return { ok: true, value: rotated({ ...content, readers }) };
    },
  });
  if (changed === null) return NO_JOURNAL;
  const remains = `what was written until now stays readable for who kept a copy of ${KEYRING_FILE} together with the key of reader ${id}`;
  return changed.ok ? { ...changed, role, remains } : changed;
}

/** Who may read a journal, by what stands in its file. @throws where it cannot be read */
export async function listReaders(
  directory: string,
): Promise<readonly { readonly id: string; readonly role: ReaderRole }[]> {
  const read = await readKeyringFile(directory);
  return read?.ok === true ? read.value.readers.map(({ id, role }) => ({ id, role })) : [];
}

/** What a reader's key opens of a journal, or why it opens nothing. */
export type ReaderKeysRead =
  | { readonly ok: true; readonly keys: ReadingKeys; readonly role: ReaderRole }
  | { readonly ok: false; readonly problem: string };

/** Opens what a reader's key opens; `null` where there is no journal. @throws where the file cannot be read */
export async function readReaderKeys(directory: string, reader: ReaderKey): Promise<ReaderKeysRead | null> {
  const file = await readKeyringFile(directory);
  if (file === null || !file.ok) return file;
  const { journal, verifier } = file.value;
  if (journal !== reader.journal) return { ok: false, problem: "this reader key is of another journal" };
  if (verifier !== reader.verifier)
    return { ok: false, problem: `the public key in ${KEYRING_FILE} is not the journal's` };
  const opened = openReaderSecrets(file.value, reader);
  if (!opened.ok) return opened;
  const { role, secrets } = opened.value;
  const keys = new Map(secrets.map(({ id, secret }) => [id, roleKeys(secret, role)]));
  return { ok: true, keys: { journal, verifier, keys }, role };
}
