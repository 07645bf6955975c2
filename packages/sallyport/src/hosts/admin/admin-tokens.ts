import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { adminRoles, type AdminConfig, type AdminRole } from "../../policy/admin-options.ts";

/** Somebody who holds a token. */
export interface AdminCaller {
  readonly name: string;
  readonly role: AdminRole;
}

/** A token, as its digest. */
export interface AdminToken extends AdminCaller {
  readonly digest: Buffer;
}

const TOKEN_BYTES = 32;
const MIN_CHARACTERS = 16;

/** Whether a role may what asks for at least another. */
export function mayAct(role: AdminRole, least: AdminRole): boolean {
  return adminRoles.indexOf(role) >= adminRoles.indexOf(least);
}

/**
 * Reads every token that the configuration names; makes those whose file is not there, for the owner alone.
 *
 * @throws Error when a file cannot be read, holds fewer than 16 characters, or holds the token of another one
 */
export async function loadAdminTokens({
  tokenFile,
  tokens,
}: Pick<AdminConfig, "tokenFile" | "tokens">): Promise<readonly AdminToken[]> {
  const first = tokenFile === null ? [] : [{ name: "admin", role: "admin" as const, tokenFile }];
  const loaded: AdminToken[] = [];
  for (const { name, role, tokenFile: file } of [...first, ...tokens]) {
    const token = { name, role, digest: digestOf(await loadToken(file)) };
    const twin = findCaller(loaded, token.digest);
    if (twin !== null)
      throw new Error(`${file}: holds the token of ${twin.name}: each has a token of its own`);
    loaded.push(token);
  }
  return loaded;
}

async function loadToken(file: string): Promise<string> {
  const known = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return null;
    throw error;
  });
  if (known !== null) {
    const token = known.trim();
    if (token.length < MIN_CHARACTERS || /\s/.test(token))
      throw new Error(`${file}: expected a token of at least ${MIN_CHARACTERS} characters, without spaces`);
    return token;
  }
  const made = randomBytes(TOKEN_BYTES).toString("base64url");
  await writeFile(file, `${made}\n`, { mode: 0o600, flag: "wx" });
  return made;
}

/** What a request presents (RFC 6750 2.1), as its digest; `null` where it presents nothing. */
export function presentedDigest(authorization: string | undefined): Buffer | null {
  if (authorization === undefined) return null;
  return digestOf(/^Bearer +([^\s]+)$/i.exec(authorization)?.[1] ?? "");
}

/** Whose token it is; `null`: nobody's. All are compared, by digest and in constant time (CWE-208). */
export function findCaller(tokens: readonly AdminToken[], presented: Buffer): AdminCaller | null {
  let found: AdminCaller | null = null;
  for (const { name, role, digest: own } of tokens)
    if (timingSafeEqual(own, presented)) found = { name, role };
  return found;
}

/** A token as it is kept and compared: nobody can make the token of it. */
export function digestOf(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
