import { Buffer } from "node:buffer";
import { createPublicKey, generateKeyPairSync, type KeyObject, randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { type Keyring, originOf, privateKeyOf } from "./journal-keys.ts";
import type { MasterKey } from "./master-key.ts";
import { publicKeyOf, verifierKey } from "./signed-note.ts";
import { writeDurably } from "./write-durably.ts";

/** The file of a journal's keys, wrapped by its master key. */
export const KEYRING_FILE = "keyring.json";

/** Keys, or why there are none. */
export type KeyringRead =
  | { readonly ok: true; readonly keyring: Keyring }
  | { readonly ok: false; readonly problem: string };

const hex = (bytes: number): z.ZodString => z.string().regex(new RegExp(`^[0-9a-f]{${bytes * 2}}$`));
const fileSchema = z.strictObject({
  version: z.literal(1),
  journal: hex(16),
  verifier: z.string().max(256),
  masterKey: z.string().max(256),
  keys: z
    .array(z.strictObject({ id: hex(8), wrapped: z.base64() }))
    .min(1)
    .max(4096),
  signingKey: z.base64(),
});
type KeyringFile = z.infer<typeof fileSchema>;

/** Makes the keys of a new journal, wraps them, and writes them durably. */
export async function createKeyring(directory: string, master: MasterKey): Promise<Keyring> {
  const journal = randomBytes(16).toString("hex");
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const current = randomBytes(8).toString("hex");
  const keyring: Keyring = {
    journal,
    keys: new Map([[current, randomBytes(32)]]),
    current,
    signingKey: privateKey.export({ format: "der", type: "pkcs8" }),
    verifier: verifierKey(originOf(journal), publicKey),
  };
  await writeKeyring(directory, keyring, master);
  return keyring;
}

/** Reads the keys of a journal; `null` where it has none yet. */
export async function readKeyring(directory: string, master: MasterKey): Promise<KeyringRead | null> {
  const file = await readKeyringFile(directory);
  return file === null || !file.ok ? file : unwrap(file.file, master);
}

/** What can be known of a journal without its master key: its id and its public key. */
export async function readVerifier(
  directory: string,
): Promise<{ readonly journal: string; readonly publicKey: KeyObject } | null> {
  const read = await readKeyringFile(directory);
  if (read === null || !read.ok) return null;
  const publicKey = publicKeyOf(read.file.verifier);
  return publicKey === null ? null : { journal: read.file.journal, publicKey };
}

/**
 * Wraps the keys with another master key, and adds a new one for the segments to come: nothing that is written is written
 * again. Who has the old master key and an old copy of the file still reads what was written until now.
 */
export async function rotateMasterKey(
  directory: string,
  from: MasterKey,
  to: MasterKey,
): Promise<KeyringRead | null> {
  const read = await readKeyring(directory, from);
  if (read === null || !read.ok) return read;
  const current = randomBytes(8).toString("hex");
  const keys = new Map([...read.keyring.keys, [current, randomBytes(32)]]);
  const keyring = { ...read.keyring, keys, current };
  await writeKeyring(directory, keyring, to);
  return { ok: true, keyring };
}

type FileRead =
  | { readonly ok: true; readonly file: KeyringFile }
  | { readonly ok: false; readonly problem: string };

async function readKeyringFile(directory: string): Promise<FileRead | null> {
  let text: string;
  try {
    text = await readFile(join(directory, KEYRING_FILE), "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
  const parsed = fileSchema.safeParse(parseJson(text));
  if (!parsed.success) return { ok: false, problem: `${KEYRING_FILE} is damaged: put a copy of it back` };
  return { ok: true, file: parsed.data };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

async function unwrap(file: KeyringFile, master: MasterKey): Promise<KeyringRead> {
  const { journal, verifier } = file;
  const wrong: KeyringRead = {
    ok: false,
    problem: `this is not the master key of the journal: its keys are wrapped by ${file.masterKey}, and this is ${master.id}`,
  };
  const keys = new Map<string, Uint8Array>();
  let current = "";
  for (const { id, wrapped } of file.keys) {
    const key = await master.unwrap(Buffer.from(wrapped, "base64"), context(journal, id));
    if (key === null) return wrong;
    keys.set(id, key);
    current = id;
  }
  const signingKey = await master.unwrap(Buffer.from(file.signingKey, "base64"), context(journal, "sign"));
  if (signingKey === null) return wrong;
  const known = verifierKey(originOf(journal), createPublicKey(privateKeyOf(signingKey)));
  if (known !== verifier)
    return { ok: false, problem: `the public key in ${KEYRING_FILE} is not the journal's` };
  return { ok: true, keyring: { journal, keys, current, signingKey, verifier } };
}

async function writeKeyring(directory: string, keyring: Keyring, master: MasterKey): Promise<void> {
  const { journal, verifier } = keyring;
  const keys: KeyringFile["keys"] = [];
  for (const [id, key] of keyring.keys)
    keys.push({ id, wrapped: base64(await master.wrap(key, context(journal, id))) });
  const signingKey = base64(await master.wrap(keyring.signingKey, context(journal, "sign")));
  const file: KeyringFile = { version: 1, journal, verifier, masterKey: master.id, keys, signingKey };
  writeDurably(join(directory, KEYRING_FILE), `${JSON.stringify(file, null, 2)}\n`);
}

function context(journal: string, id: string): Buffer {
  return Buffer.from(`sallyport journal keyring\n${journal}\n${id}\n`);
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64");
}
