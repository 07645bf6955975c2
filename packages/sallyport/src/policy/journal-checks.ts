import { realpath, stat } from "node:fs/promises";
import { dirname, parse, sep } from "node:path";
import { ownerOfPayloadKeys } from "../journal/claim-payload-keys.ts";
import { readVerifier } from "../journal/keyring.ts";
import { checkFilePlace } from "./check-file-place.ts";
import type { Finding } from "./config-issues.ts";
import { checkKey, checkKeyMode } from "./key-checks.ts";
import type { KeyPath } from "./problem.ts";
import { asMapping, isOff, valueAt } from "./raw-config.ts";

/** What is wrong with a journal, and what is allowed and probably not meant. */
export interface JournalFindings {
  readonly findings: readonly Finding[];
  readonly warnings: readonly Finding[];
}

/**
 * Checks `journal` and what routes say of it, beyond the schema. Works on whatever is there; paths must be absolute.
 *
 * @param routes with `defaults` merged in
 */
export async function checkJournal(journal: unknown, routes: readonly unknown[]): Promise<JournalFindings> {
  const mapping = asMapping(journal);
  if (mapping === null) return { findings: [], warnings: routes.flatMap(keptByNobody) };
  const directory = textAt(mapping, "directory");
  const keyFile = textAt(mapping, "keyFile");
  const findings = [
    ...(await checkMasterKey(mapping)),
    ...(await checkDirectory(["journal", "directory"], directory)),
    ...(await checkDirectory(["journal", "payloadKeys"], textAt(mapping, "payloadKeys"))),
    ...(await checkPayloadKeys(textAt(mapping, "payloadKeys"), directory)),
    ...(await checkCheckpoints(textAt(mapping, "checkpoints"))),
  ];
  const warnings = [
    ...(keyFile === null ? [] : await checkKeyPlace(keyFile, directory)),
    ...(await checkCheckpointPlace(textAt(mapping, "checkpoints"), directory)),
    ...checkPayloads(mapping, routes),
  ];
  return { findings, warnings };
}

function textAt(mapping: unknown, key: string): string | null {
  const value = valueAt(mapping, [key]);
  return typeof value === "string" && value !== "" ? value : null;
}

// Nothing is recorded there, though the route reads as if it were.
function keptByNobody(route: unknown, index: number): readonly Finding[] {
  if (asMapping(valueAt(route, ["journal"])) === null) return [];
  const found = "the journal is off: nothing of this route is kept";
  const mend = "Write: journal: { directory: ./journal, keyFile: /etc/sallyport/journal.key }";
  return [{ path: ["routes", index, "journal"], found, expected: "", mend }];
}

const MAKE_KEY =
  "Make one: openssl rand -base64 32 > /etc/sallyport/journal.key, chmod 600, keep a copy elsewhere; and write: keyFile: /etc/sallyport/journal.key";

async function checkMasterKey(journal: unknown): Promise<readonly Finding[]> {
  const expected = "a master key: `keyFile`, or `key` from the environment";
  const missing = { path: ["journal", "keyFile"], found: "nothing", expected, mend: MAKE_KEY };
  return (await checkKey(journal, ["journal"])) ?? [missing];
}

async function checkDirectory(path: KeyPath, directory: string | null): Promise<readonly Finding[]> {
  if (directory === null) return [];
  const found = await stat(directory).catch(() => null);
  if (found === null || found.isDirectory()) return [];
  return [{ path, found: `a file at ${directory}`, expected: "a directory, or nothing yet", mend: "" }];
}

/** Keys of another journal would go with its retention, and its keys with this one's. */
async function checkPayloadKeys(keys: string | null, directory: string | null): Promise<readonly Finding[]> {
  if (keys === null || directory === null) return [];
  const owner = await Promise.try(ownerOfPayloadKeys, keys).catch(() => null);
  const own = await readVerifier(directory).catch(() => null);
  if (owner === null || owner === own?.journal) return [];
  const found = `the payload keys in ${keys} are another journal's`;
  return [
    { path: ["journal", "payloadKeys"], found, expected: "a directory of this journal's own", mend: "" },
  ];
}

async function checkCheckpoints(file: string | null): Promise<readonly Finding[]> {
  return file === null ? [] : await checkFilePlace(["journal", "checkpoints"], file);
}

/** Whoever takes the segments, with a backup or a disk, should not take the key with them. */
async function checkKeyPlace(keyFile: string, directory: string | null): Promise<readonly Finding[]> {
  const path = ["journal", "keyFile"];
  const readable = await checkKeyMode(path, keyFile);
  const isThere = await stat(keyFile).catch(() => null);
  if (isThere === null) return [];
  const beside = {
    path,
    found: "the key is kept with the segments: who copies one has the other",
    expected: "",
    mend: "Keep it on another disk, or write `key: ${env:SALLYPORT_JOURNAL_KEY}`",
  };
  const isBeside = directory !== null && (await isKeptWith(keyFile, directory));
  return [...readable, ...(isBeside ? [beside] : [])];
}

/** In the directory, or anywhere below the one in which it stands. */
async function isKeptWith(file: string, directory: string): Promise<boolean> {
  const [key, segments] = [await realPlace(file), await realPlace(directory)];
  const parent = dirname(segments);
  const isInParent = parent !== parse(parent).root && isWithin(key, parent);
  return isWithin(key, segments) || isInParent || dirname(key) === parent;
}

function isWithin(file: string, directory: string): boolean {
  return file.startsWith(directory.endsWith(sep) ? directory : `${directory}${sep}`);
}

async function realPlace(place: string): Promise<string> {
  return await realpath(place).catch(() => place);
}

// An older state of the directory would bring its older checkpoint along.
async function checkCheckpointPlace(
  file: string | null,
  directory: string | null,
): Promise<readonly Finding[]> {
  if (file === null || directory === null) return [];
  if (!isWithin(await realPlace(file), await realPlace(directory))) return [];
  const found =
    "checkpoints in the journal's directory go back with it: nobody notices an older state put back";
  return [{ path: ["journal", "checkpoints"], found, expected: "", mend: "Write a file on another disk" }];
}

function checkPayloads(journal: unknown, routes: readonly unknown[]): readonly Finding[] {
  const general = textAt(journal, "payloads") ?? "none";
  const isBounded = valueAt(journal, ["retain"]) !== undefined;
  return routes.flatMap((route, index) => {
    if (asMapping(route) === null) return [];
    const own = textAt(valueAt(route, ["journal"]), "payloads");
    const path = own === null ? ["journal", "payloads"] : ["routes", index, "journal", "payloads"];
    const payloads = own ?? general;
    if (payloads === "full" && !isBounded) return [keptForGood(path)];
    if (payloads === "redacted" && lacksLeak(route)) return [notRedacted(path, route)];
    const isStreamed = valueAt(route, ["messageSize", "stream"]) === true;
    return payloads !== "none" && isStreamed ? [streamed(path, route)] : [];
  });
}

function lacksLeak(route: unknown): boolean {
  const leak = valueAt(route, ["leak"]);
  return leak === undefined || isOff(leak);
}

function keptForGood(path: KeyPath): Finding {
  const found = "every message is kept whole, and for good";
  return { path, found, expected: "", mend: "Write: journal: { retain: 30d, … }" };
}

function streamed(path: KeyPath, route: unknown): Finding {
  const name = textAt(route, "path") ?? "";
  const found = `\`messageSize.stream\` lets long messages of ${name} go on before they are whole: of those no content is kept`;
  return { path, found, expected: "", mend: "Write: messageSize: { stream: false }, or payloads: none" };
}

function notRedacted(path: KeyPath, route: unknown): Finding {
  const name = textAt(route, "path") ?? "";
  const found = `\`leak\` is off on ${name}: nothing says what to cut, so no content is kept`;
  return {
    path,
    found,
    expected: "",
    mend: "Write: leak: { action: redact } on the route, or payloads: digest",
  };
}
