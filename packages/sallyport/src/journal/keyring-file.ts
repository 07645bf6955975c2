import { Buffer } from "node:buffer";
import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { hasCode } from "../has-code.ts";
import type { MasterKey } from "./master-key.ts";
import { derive, type ReaderRole, readerRoles, secretFor } from "./role-keys.ts";
import { openBox, sealBox } from "./sealed-box.ts";
import { writeDurably } from "./write-durably.ts";

/** The file of a journal's keys, wrapped by its master key, and of what each reader may open, wrapped by the reader's. */
export const KEYRING_FILE = "keyring.json";

const KEY_BYTES = 32;
/** A rotation a day for eleven years. */
const MAX_KEYS = 4096;
/** Each of them costs a box of all secrets in the file. */
const MAX_READERS = 256;

const hex = (bytes: number): z.ZodString => z.string().regex(new RegExp(`^[0-9a-f]{${bytes * 2}}$`));
const secretsSchema: z.ZodType<KeyringContent["keys"]> = z
  .array(z.strictObject({ id: hex(8), secret: z.base64() }))
  .min(1)
  .max(MAX_KEYS);
const contentSchema: z.ZodType<KeyringContent> = z.strictObject({
  keys: secretsSchema,
  signingKey: z.base64(),
  readers: z
    .array(z.strictObject({ id: hex(8), role: z.enum(readerRoles), key: z.base64() }))
    .max(MAX_READERS),
});
const fileSchema: z.ZodType<KeyringFile> = z.strictObject({
  version: z.literal(1),
  journal: hex(16),
  verifier: z.string().max(256),
  masterKey: z.string().max(256),
  fileKey: z.base64(),
  sealed: z.base64(),
  readers: z
    .array(z.strictObject({ id: hex(8), role: z.enum(readerRoles), sealed: z.base64() }))
    .max(MAX_READERS),
});

/** The file as it stands; bytes in base64. */
export interface KeyringFile {
  readonly version: 1;
  readonly journal: string;
  readonly verifier: string;
  /** Which master key wraps it. */
  readonly masterKey: string;
  /** The key of the file, wrapped by the master key. */
  readonly fileKey: string;
  /** The content, in a box under the key of the file. */
  readonly sealed: string;
  /** What each reader may open: a box under the reader's key. */
  readonly readers: readonly { readonly id: string; readonly role: ReaderRole; readonly sealed: string }[];
}

/** What only the master key opens; bytes in base64. */
export interface KeyringContent {
  /** The secrets of all rotations, the last in use. */
  readonly keys: readonly { readonly id: string; readonly secret: string }[];
  readonly signingKey: string;
  readonly readers: readonly { readonly id: string; readonly role: ReaderRole; readonly key: string }[];
}

/** The secret of a rotation, for some role. */
export interface RotationSecret {
  readonly id: string;
  readonly secret: Buffer;
}

/** What stands in the file, or why that cannot be had. */
export type Opened<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problem: string };

const DAMAGED = { ok: false, problem: `${KEYRING_FILE} is damaged: put a copy of it back` } as const;

/** Reads the file; `null` where there is none. */
export async function readKeyringFile(directory: string): Promise<Opened<KeyringFile> | null> {
  let text: string;
  try {
    text = await readFile(join(directory, KEYRING_FILE), "utf8");
  } catch (error) {
    if (hasCode(error, "ENOENT")) return null;
    throw error;
  }
  const parsed = fileSchema.safeParse(parseJson(text));
  return parsed.success ? { ok: true, value: parsed.data } : DAMAGED;
}

/** Opens the file with the master key, which is asked once, however many keys there are. @throws where it cannot be asked */
export async function openContent(file: KeyringFile, master: MasterKey): Promise<Opened<KeyringContent>> {
  const fileKey = await master.unwrap(Buffer.from(file.fileKey, "base64"), fileKeyContext(file));
  if (fileKey !== null) return openContentWith(file, fileKey);
  const problem = `this is not the master key of the journal: its keys are wrapped by ${file.masterKey}, and this is ${master.id}`;
  return { ok: false, problem };
}

/** Opens the file with its own key. */
export function openContentWith(file: KeyringFile, fileKey: Uint8Array): Opened<KeyringContent> {
  if (fileKey.length !== KEY_BYTES) return DAMAGED;
  const plain = openBox(fileKey, Buffer.from(file.sealed, "base64"), contentContext(file));
  const parsed = contentSchema.safeParse(plain === null ? null : parseJson(plain.toString()));
  return parsed.success ? { ok: true, value: parsed.data } : DAMAGED;
}

/** What a reader's key opens of the file: the secret of each rotation for the reader's role. */
export function openReaderSecrets(
  file: KeyringFile,
  reader: { readonly id: string; readonly key: Uint8Array },
): Opened<{ readonly role: ReaderRole; readonly secrets: readonly RotationSecret[] }> {
  const entry = file.readers.find(({ id }) => id === reader.id);
  if (entry === undefined)
    return { ok: false, problem: `the journal has no reader ${reader.id}: the key was revoked` };
  const context = readerContext(file.journal, entry);
  const plain = openBox(reader.key, Buffer.from(entry.sealed, "base64"), context);
  const parsed = secretsSchema.safeParse(plain === null ? null : parseJson(plain.toString()));
  if (!parsed.success)
    return {
      ok: false,
      problem: `this is not the key of reader ${reader.id}, or ${KEYRING_FILE} is damaged`,
    };
  return { ok: true, value: { role: entry.role, secrets: secretsOf(parsed.data) } };
}

/** The secrets of all rotations, as bytes. */
export function secretsOf(keys: KeyringContent["keys"]): RotationSecret[] {
  return keys.map(({ id, secret }) => ({ id, secret: Buffer.from(secret, "base64") }));
}

/** What is to be in the file. */
export interface KeyringToWrite {
  readonly journal: string;
  readonly verifier: string;
  readonly content: KeyringContent;
  readonly master: MasterKey;
}

/**
 * Writes the file durably, or leaves the one that was there; the key of the file, which is a new one each time. What readers may
 * open follows from the list that the master key keeps: an entry that somebody put into the file gets nothing.
 */
export async function writeKeyringFile(directory: string, what: KeyringToWrite): Promise<Buffer> {
  const { journal, verifier, content, master } = what;
  // What could not be read again is not written.
  if (!contentSchema.safeParse(content).success)
    throw new RangeError(`a journal has at most ${MAX_KEYS} rotations and ${MAX_READERS} readers`);
  const identity = { journal, verifier };
  const fileKey = randomBytes(KEY_BYTES);
  const wrapped = await master.wrap(fileKey, fileKeyContext(identity));
  const plain = Buffer.from(JSON.stringify(content));
  const file: KeyringFile = {
    version: 1,
    ...identity,
    masterKey: master.id,
    fileKey: Buffer.from(wrapped).toString("base64"),
    sealed: sealBox(fileKey, plain, contentContext(identity)).toString("base64"),
    readers: content.readers.map((reader) => sealReader(journal, reader, content)),
  };
  if (!fileSchema.safeParse(file).success)
    throw new RangeError("the id of a master key has at most 256 characters");
  writeDurably(join(directory, KEYRING_FILE), `${JSON.stringify(file, null, 2)}\n`);
  return fileKey;
}

/**
 * What tells the key of a new file to a writer that has the keys before: no master key goes between two processes. Who has
 * not been given the signing key neither reads it nor makes one.
 */
export function sealHandover(fileKey: Uint8Array, signingKey: Uint8Array, journal: string): Buffer {
  return sealBox(derive(signingKey, HANDOVER), fileKey, Buffer.from(`${HANDOVER}${journal}\n`));
}

/** Opens that; `null` where it was not made for this journal. */
export function openHandover(box: Uint8Array, signingKey: Uint8Array, journal: string): Buffer | null {
  return openBox(derive(signingKey, HANDOVER), box, Buffer.from(`${HANDOVER}${journal}\n`));
}

const HANDOVER = "sallyport journal handover\n";

function sealReader(
  journal: string,
  { id, role, key }: KeyringContent["readers"][number],
  { keys }: KeyringContent,
): KeyringFile["readers"][number] {
  const own = secretsOf(keys).map(({ id: rotation, secret }) => ({
    id: rotation,
    secret: secretFor(role, secret).toString("base64"),
  }));
  const plain = Buffer.from(JSON.stringify(own));
  const sealed = sealBox(Buffer.from(key, "base64"), plain, readerContext(journal, { id, role }));
  return { id, role, sealed: sealed.toString("base64") };
}

function fileKeyContext({ journal }: Pick<KeyringFile, "journal">): Buffer {
  return Buffer.from(`sallyport journal keyring key\n${journal}\n`);
}

function contentContext({ journal }: Pick<KeyringFile, "journal">): Buffer {
  return Buffer.from(`sallyport journal keyring\n${journal}\n`);
}

function readerContext(
  journal: string,
  { id, role }: { readonly id: string; readonly role: string },
): Buffer {
  return Buffer.from(`sallyport journal reader\n${journal}\n${id}\n${role}\n`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
