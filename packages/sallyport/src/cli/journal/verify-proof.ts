import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { inertJson, toJsonLine } from "../../journal/export-records.ts";
import { checkRecordProof, type ProofTrust } from "../../journal/record-proof.ts";
import { exitCodes, paint, type Terminal } from "../terminal.ts";
import { contentLines } from "./content-lines.ts";
import { recordLine } from "./record-line.ts";
import { refuse } from "./refuse.ts";

/** A proof that is to be checked, and what it is held against. */
export interface ProofGiven extends ProofTrust {
  readonly file: string;
  readonly json: boolean;
}

/** Checks a proof from `journal prove`: it needs no journal. Exit code 1 where it proves nothing. */
export async function verifyProof({ file, json, ...trust }: ProofGiven, terminal: Terminal): Promise<number> {
  const text = await readFile(resolve(terminal.directory, file), "utf8").catch(() => null);
  if (text === null)
    return refuse(`--proof ${file}: expected a file that can be read`, terminal, exitCodes.usage);
  const checked = checkRecordProof(text, trust);
  if (!checked.ok) {
    terminal.out(
      json ? `${inertJson(checked, 2)}\n` : `${paint(terminal, "red", "NOT PROVEN")}: ${checked.problem}\n`,
    );
    return exitCodes.found;
  }
  const { frame, position, size, time, record, content, unknown, verifier } = checked;
  const found = record === null ? null : { record, frame, position, payload: content };
  if (json) {
    const said: unknown = found === null ? null : JSON.parse(toJsonLine(found));
    terminal.out(
      `${inertJson({ ok: true, frame, position, size, time, verifier, record: said, unknown }, 2)}\n`,
    );
    return exitCodes.done;
  }
  const message = record?.type === "message" ? record : null;
  const lines =
    content === null || message === null
      ? []
      : contentLines({ record: message, payload: content, reading: null, full: true });
  terminal.out(
    [
      `${paint(terminal, "green", "proven")}: record ${frame}:${position} is in the journal of ${size} frames, ${new Date(time).toISOString()}\n`,
      ...(found === null ? [] : [recordLine(found, terminal)]),
      ...lines.map((line) => `    ${line}\n`),
      ...unknown.map((what) => `${paint(terminal, "yellow", "unknown")}  ${what}\n`),
      `key      ${verifier}\n`,
    ].join(""),
  );
  return exitCodes.done;
}
