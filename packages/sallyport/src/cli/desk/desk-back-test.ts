import { join } from "node:path";
import type { BackTestAsked, DeskAnswer, DeskReader } from "../../hosts/admin/admin-desk.ts";
import { guardValues } from "../../hosts/admin/policy-values.ts";
import type { BackTestChange, BackTestResult, WorkProgress } from "../../hosts/dashboard/policy-message.ts";
import { askedOf } from "../../journal/control-message.ts";
import { parseText, readConfigDocument, type ConfigDocument } from "../../policy/config-document.ts";
import type { Config } from "../../policy/effective-config.ts";
import { resolveConfig } from "../../policy/load-config.ts";
import { type Problem, renderProblem } from "../../policy/problem.ts";
import { contentFor } from "../journal/reading.ts";
import { RecordedTally } from "../recorded-changes.ts";
import { playRecorded } from "../recorded-play.ts";
import { sumOf, unjudged } from "../recorded-report.ts";
import { RecordedStage } from "../recorded-stage.ts";
import { RecordedTraffic } from "../recorded-traffic.ts";
import { DeskDeadline, untilOver } from "./desk-deadline.ts";
import { parseDeskFilter } from "./desk-filter.ts";
import { beginDeskReading, type DeskPlace } from "./desk-reading.ts";
import { foreignReferences } from "./foreign-references.ts";

/** So long it may take, milliseconds; so many records are played, and so many changes told. */
const WITHIN_MS = 120_000;
const MOST_RECORDS = 2_000_000;
const MOST_CHANGES = 500;
/** Records between two times of telling how far it is. */
const TELL_EVERY = 500;

/** Where a policy is from. */
export interface BackTestSource {
  /** The configuration of the gate, as it was named; `null`: it was started with flags. */
  readonly file: string | null;
  /** What relative paths are relative to where there is no file. */
  readonly directory: string;
}

/** A result, or everything that is wrong with the policy. */
export type BackTestDone =
  | { readonly ok: true; readonly result: BackTestResult }
  | { readonly ok: false; readonly problems: readonly string[] };

/** Plays recorded traffic to a policy, without any network, and tells what it would have done otherwise. */
export async function backTestDesk(
  place: DeskPlace,
  {
    reader,
    asked,
    source,
  }: { readonly reader: DeskReader; readonly asked: BackTestAsked; readonly source: BackTestSource },
  tell: (progress: WorkProgress) => void,
): Promise<BackTestDone> {
  const { policy, ...filter } = asked;
  const parsed = parseDeskFilter(filter);
  if (!parsed.ok) return refused(parsed);
  const config = await loadPolicy(policy, source);
  const tellProblem = (problem: Problem): string =>
    renderProblem(policy === undefined ? problem : withoutOthers(problem, source));
  if (!config.ok) return { ok: false, problems: config.problems.map(tellProblem) };
  const set = await RecordedStage.set(config.config);
  if (!set.ok) return { ok: false, problems: set.problems.map(tellProblem) };
  const { stage } = set;
  try {
    const begun = await beginDeskReading(place, reader, { command: "test", asked: askedOf(parsed.value) });
    if (!begun.ok) return refused(begun);
    const reading = begun.value;
    const changes: BackTestChange[] = [];
    let told = 0;
    const tally = new RecordedTally((change) => {
      told += 1;
      if (changes.length < MOST_CHANGES) changes.push(change);
    });
    const traffic = new RecordedTraffic(stage, tally);
    const deadline = new DeskDeadline(WITHIN_MS);
    let [done, of] = [0, 0];
    const progress = (): void => tell({ done, of, records: traffic.findings.records });
    const late = await untilOver(async () => {
      await playRecorded(
        {
          reader: reading.reader,
          query: parsed.value,
          traffic,
          payloadOf: (found) => contentFor(found, reading).payload,
          onProgress(segments, all) {
            [done, of] = [segments, all];
            progress();
            deadline.check();
          },
        },
        () => {
          const { records } = traffic.findings;
          if (records % TELL_EVERY === 0) progress();
          return records < MOST_RECORDS;
        },
      );
    });
    if (late) traffic.finish();
    const { findings } = traffic;
    const cut = late ? "time" : findings.records >= MOST_RECORDS ? "records" : null;
    const routes = [...tally.routes].map(([route, counts]) => Object.assign({ route }, counts));
    return {
      ok: true,
      result: {
        ok: sumOf(tally, "refused") === 0,
        routes,
        changes,
        left: told - changes.length,
        notes: [...unjudged(tally, findings), ...stage.notes],
        cut,
        records: findings.records,
        policy: guardValues(config.config),
      },
    };
  } finally {
    stage.dispose();
  }
}

function refused({ problem }: Extract<DeskAnswer<never>, { ok: false }>): BackTestDone {
  return { ok: false, problems: [problem] };
}

type Loaded =
  | { readonly ok: true; readonly config: Config }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** The name of a policy that came as a text. */
function textName({ file, directory }: BackTestSource): string {
  return file ?? join(directory, "policy.yaml");
}

/** A problem of a text that was sent. Whoever sent it has not written the files that it names: what stands in them is not told. */
function withoutOthers(problem: Problem, source: BackTestSource): Problem {
  return problem.file === textName(source) ? problem : { ...problem, found: "something else" };
}

async function loadPolicy(text: string | undefined, source: BackTestSource): Promise<Loaded> {
  const { file } = source;
  const read =
    text === undefined && file !== null
      ? await readConfigDocument(file)
      : parseText(textName(source), text ?? "");
  if (!read.ok) return read;
  const problems = text === undefined ? [] : foreignReferences(read.document, await ownDocument(source));
  return problems.length === 0 ? await resolveConfig(read.document, {}) : { ok: false, problems };
}

/** The configuration of the gate as it is now; `null`: there is none that can be read. */
async function ownDocument({ file }: BackTestSource): Promise<ConfigDocument | null> {
  const read = file === null ? null : await readConfigDocument(file);
  return read?.ok === true ? read.document : null;
}
