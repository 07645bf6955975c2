import { Buffer } from "node:buffer";
import { createPublicKey, generateKeyPairSync, type KeyObject, randomBytes } from "node:crypto";
import { type Keyring, originOf, privateKeyOf } from "./journal-keys.ts";
import {
  KEYRING_FILE,
  type KeyringContent,
  type KeyringFile,
  type Opened,
  openContent,
  openContentWith,
  openHandover,
  readKeyringFile,
  sealHandover,
  secretsOf,
  writeKeyringFile,
} from "./keyring-file.ts";
import type { MasterKey } from "./master-key.ts";
import { roleKeys } from "./role-keys.ts";
import { publicKeyOf, verifierKey } from "./signed-note.ts";
import { lockKeyring } from "./writer-lock.ts";

/** Keys, or why there are none. */
export type KeyringRead =
  | { readonly ok: true; readonly keyring: Keyring }
  | { readonly ok: false; readonly problem: string };

/** Keys that were changed. `handover`: what tells a writer that is at work of them. */
export type KeyringChanged =
  | { readonly ok: true; readonly keyring: Keyring; readonly handover: Buffer }
  | { readonly ok: false; readonly problem: string };

/** Makes the keys of a new journal, wraps them, and writes them durably. */
export async function createKeyring(directory: string, master: MasterKey): Promise<Keyring> {
  const journal = randomBytes(16).toString("hex");
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const content: KeyringContent = {
    keys: [newRotation()],
    signingKey: privateKey.export({ format: "der", type: "pkcs8" }).toString("base64"),
    readers: [],
  };
  const verifier = verifierKey(originOf(journal), publicKey);
  await writeKeyringFile(directory, { journal, verifier, content, master });
  return keyringOf({ journal, verifier }, content);
}

/** Reads the keys of a journal; `null` where it has none yet. */
export async function readKeyring(directory: string, master: MasterKey): Promise<KeyringRead | null> {
  const file = await readKeyringFile(directory);
  if (file === null || !file.ok) return file;
  const opened = await openContent(file.value, master);
  return opened.ok ? checked(file.value, opened.value) : opened;
}

/**
 * Reads keys that were changed under a writer that has those before, by what their change handed over. It refuses keys that are not
 * of the same journal, or lack a rotation that was there.
 */
export async function readHandedKeyring(
  directory: string,
  { before, handover }: { readonly before: Keyring; readonly handover: Uint8Array },
): Promise<KeyringRead> {
  const fileKey = openHandover(handover, before.signingKey, before.journal);
  if (fileKey === null) return { ok: false, problem: "the keys were not handed over by this journal" };
  const file = await readKeyringFile(directory);
  if (file === null) return { ok: false, problem: `${KEYRING_FILE} is missing: put a copy of it back` };
  if (!file.ok) return file;
  const opened = openContentWith(file.value, fileKey);
  if (!opened.ok) return { ok: false, problem: `${KEYRING_FILE} was changed again since, or is damaged` };
  const read = checked(file.value, opened.value);
  if (!read.ok) return read;
  const { keyring } = read;
  const continues =
    keyring.verifier === before.verifier && [...before.keys.keys()].every((id) => keyring.keys.has(id));
  return continues ? read : { ok: false, problem: `${KEYRING_FILE} does not continue the keys in use` };
}

/** What can be known of a journal without its master key: its id and its public key. */
export async function readVerifier(
  directory: string,
): Promise<{ readonly journal: string; readonly publicKey: KeyObject } | null> {
  const read = await readKeyringFile(directory);
  if (read === null || !read.ok) return null;
  const publicKey = publicKeyOf(read.value.verifier);
  return publicKey === null ? null : { journal: read.value.journal, publicKey };
}

/**
 * Wraps the keys with another master key, and adds new ones for what comes: nothing that is written is written again, and readers
 * keep their keys. Who has the old master key and an old copy of the file still reads what was written until now.
 */
export function rotateMasterKey(
  directory: string,
  from: MasterKey,
  to: MasterKey,
): Promise<KeyringChanged | null> {
  return changeKeyring(directory, from, { to, change: (content) => ({ ok: true, value: rotated(content) }) });
}

/** Keys with a new rotation: what is written from then on is not opened by those before. */
export function rotated(content: KeyringContent): KeyringContent {
  return { ...content, keys: [...content.keys, newRotation()] };
}

/** What is changed of the keys. */
export interface KeyringChange {
  /** The master key that wraps them then; default: the same. */
  readonly to?: MasterKey;
  readonly change: (content: KeyringContent) => Opened<KeyringContent>;
}

/** Changes the keys of a journal, one change at a time; `null` where there is no journal. @throws where the disk or a master key fails */
export async function changeKeyring(
  directory: string,
  master: MasterKey,
  { to = master, change }: KeyringChange,
): Promise<KeyringChanged | null> {
  const first = await readKeyringFile(directory);
  if (first === null) return null;
  const lock = lockKeyring(directory);
  if (!lock.ok) return lock;
  try {
    const file = await readKeyringFile(directory);
    if (file === null || !file.ok) return file;
    const opened = await openContent(file.value, master);
    if (!opened.ok) return opened;
    const read = checked(file.value, opened.value);
    if (!read.ok) return read;
    const changed = change(opened.value);
    if (!changed.ok) return changed;
    const { journal, verifier } = file.value;
    const what = { journal, verifier, content: changed.value, master: to };
    const fileKey = await writeKeyringFile(directory, what);
    const keyring = keyringOf(file.value, changed.value);
    return { ok: true, keyring, handover: sealHandover(fileKey, keyring.signingKey, journal) };
  } finally {
    lock.release();
  }
}

function newRotation(): KeyringContent["keys"][number] {
  return { id: randomBytes(8).toString("hex"), secret: randomBytes(32).toString("base64") };
}

/** The keys in a file that was opened, if its public key is theirs. */
function checked(file: KeyringFile, content: KeyringContent): KeyringRead {
  const keyring = keyringOf(file, content);
  const known = verifierKey(originOf(file.journal), createPublicKey(privateKeyOf(keyring.signingKey)));
  return known === file.verifier
    ? { ok: true, keyring }
    : { ok: false, problem: `the public key in ${KEYRING_FILE} is not the journal's` };
}

function keyringOf(
  { journal, verifier }: Pick<KeyringFile, "journal" | "verifier">,
  { keys, signingKey }: KeyringContent,
): Keyring {
  return {
    journal,
    verifier,
    keys: new Map(secretsOf(keys).map(({ id, secret }) => [id, roleKeys(secret)])),
    current: keys.at(-1)?.id ?? "",
    signingKey: Buffer.from(signingKey, "base64"),
  };
}
