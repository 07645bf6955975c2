import { readFile, stat } from "node:fs/promises";
import { resolve } from "node:path";
import type { Finding } from "./config-issues.ts";
import type { KeyPath } from "./problem.ts";

/** A configuration whose `${env:NAME}` and `${file:path}` were filled in. */
export interface Substitution {
  readonly value: unknown;
  readonly findings: readonly Finding[];
  /** What was filled in: must not appear in any problem, log or answer. */
  readonly secrets: readonly string[];
}

/** Where the values come from. */
export interface SubstitutionSource {
  /** The directory that `${file:…}` is relative to. */
  readonly base: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

const REFERENCE = /\$\{(env|file):([^{}]+)\}/g;
// A secret is a line: 64 KiB is more than any key in PEM.
const MAX_SECRET_BYTES = 64 * 1024;

/**
 * Fills in `${env:NAME}` and `${file:path}` in every string (not in keys). A variable that is not set and a file
 * that cannot be read or exceeds 64 KiB are findings. The line break at the end of a file is cut off.
 */
export async function substitute(value: unknown, source: SubstitutionSource): Promise<Substitution> {
  const findings: Finding[] = [];
  const secrets: string[] = [];
  const fill = async (text: string, path: KeyPath): Promise<string> => {
    const parts = await Promise.all(
      [...text.matchAll(REFERENCE)].map(async ([, kind, name = ""]) => {
        const result = kind === "env" ? fromEnv(name, source) : await fromFile(name, source);
        if (result.ok) secrets.push(result.text);
        else findings.push({ path, found: result.found, expected: result.expected, mend: "" });
        return result.ok ? result.text : "";
      }),
    );
    return text.replaceAll(REFERENCE, () => parts.shift() ?? "");
  };
  const filled = await walk(value, [], fill);
  return { value: filled, findings, secrets: secrets.filter((secret) => secret !== "") };
}

type Filled =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly found: string; readonly expected: string };

function fromEnv(name: string, { env }: SubstitutionSource): Filled {
  const text = env[name];
  if (text !== undefined) return { ok: true, text };
  return { ok: false, expected: `the environment variable ${name}`, found: "it not set" };
}

async function fromFile(name: string, { base }: SubstitutionSource): Promise<Filled> {
  const file = resolve(base, name);
  try {
    const { size } = await stat(file);
    if (size > MAX_SECRET_BYTES)
      return { ok: false, expected: "a file of at most 64 KiB", found: `${size} bytes` };
    return { ok: true, text: (await readFile(file, "utf8")).replace(/\r?\n$/, "") };
  } catch {
    return { ok: false, expected: `a file that can be read at ${name}`, found: "none" };
  }
}

async function walk(
  value: unknown,
  path: KeyPath,
  fill: (text: string, path: KeyPath) => Promise<string>,
): Promise<unknown> {
  if (typeof value === "string") return await fill(value, path);
  if (Array.isArray(value))
    return await Promise.all(value.map((entry, index) => walk(entry, [...path, index], fill)));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(
    async ([key, entry]) => [key, await walk(entry, [...path, key], fill)] as const,
  );
  return Object.fromEntries(await Promise.all(entries));
}

/**
 * Takes what was filled in out of a text again, and the user and password of any URL. Secrets under four characters
 * would mask ordinary words.
 */
export function maskSecrets(text: string, secrets: readonly string[]): string {
  const bare = text.replaceAll(/\/\/[^/@\s]{1,512}@/g, "//***@");
  return secrets.reduce(
    (masked, secret) => (secret.length < 4 ? masked : masked.replaceAll(secret, "***")),
    bare,
  );
}
