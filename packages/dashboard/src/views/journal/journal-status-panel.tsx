import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";

import type {
  JournalStatus,
  JournalVerification,
  VerificationState,
} from "../../../../sallyport/src/hosts/dashboard/journal-message.ts";
import type { Failure } from "../../api/answer.ts";
import { ask, READING_MS } from "../../api/ask.ts";
import { mayAct } from "../../api/viewer.ts";
import { BusyButton } from "../../parts/busy-button.tsx";
import { CopyLine } from "../../parts/copy-line.tsx";
import { Figure } from "../../parts/figure.tsx";
import { formatBytes, formatCount, inOne } from "../../parts/format-number.ts";
import { InertText } from "../../parts/inert-text.tsx";
import { FailureNotice, Loading } from "../../parts/notice.tsx";
import { ProblemLine } from "../../parts/problem-line.tsx";
import { Time } from "../../parts/time.tsx";

/** How often it is asked: while it is being verified, while its key is missing, and else. */
const SOON_MS = 1000;
const WITHOUT_KEY_MS = 2000;
const LATER_MS = 30_000;

function pauseOf({ verification, key }: JournalStatus): number {
  if (verification?.state === "running") return SOON_MS;
  return key.ok ? LATER_MS : WITHOUT_KEY_MS;
}

/** What there is of the journal, and whether it is as it was written. */
export function JournalStatusPanel(): VNode {
  const [status, setStatus] = useState<JournalStatus | null>(null);
  const [failure, setFailure] = useState<Failure | null>(null);
  const [asked, setAsked] = useState(0);
  useEffect(() => {
    const life = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const look = async (): Promise<void> => {
      const answer = await ask<JournalStatus>("/journal/status", {
        signal: life.signal,
        withinMs: READING_MS,
      });
      if (life.signal.aborted) return;
      setFailure(answer.ok ? null : answer);
      if (answer.ok) setStatus(answer.body);
      timer = setTimeout(() => void look(), answer.ok ? pauseOf(answer.body) : LATER_MS);
    };
    void look();
    return () => {
      life.abort();
      clearTimeout(timer);
    };
  }, [asked]);
  const verify = async (): Promise<void> => {
    const answer = await ask("/journal/verify", { method: "POST", body: {} });
    setFailure(answer.ok ? null : answer);
    setAsked(asked + 1);
  };
  if (failure !== null) return <FailureNotice failure={failure} again={() => setAsked(asked + 1)} />;
  if (status === null) return <Loading what="Asking about the journal" />;
  const isRunning = status.verification?.state === "running";
  return (
    <section class="panel journal-status" aria-label="State of the journal">
      <dl class="figures-line">
        <Figure name="Segments">{formatCount(status.segments)}</Figure>
        <Figure name="Size">{inOne(formatBytes(status.bytes))}</Figure>
        <Figure name="Since">{status.since === null ? "–" : <Time at={status.since} />}</Figure>
        <Figure name="Checkpoint">
          {status.checkpoint === null ? (
            "none yet"
          ) : (
            <>
              {formatCount(status.checkpoint.frames)} frames, <Time at={status.checkpoint.at} />
            </>
          )}
        </Figure>
        <Figure name="Key">
          {status.key.ok ? <span class="tag tag-good">there</span> : <span class="tag tag-bad">missing</span>}
        </Figure>
        <Figure name="Chain">
          <Chain verification={status.verification} />
        </Figure>
      </dl>
      {mayAct("operator") ? (
        <BusyButton isBusy={isRunning} press={() => void verify()}>
          Verify
        </BusyButton>
      ) : null}
      {status.key.problem === null ? null : (
        <ProblemLine>
          The journal’s key is missing: <InertText coded text={status.key.problem} most={400} />.
        </ProblemLine>
      )}
      {status.verification?.report == null ? null : <Report report={status.verification.report} />}
      {status.verification?.problem == null ? null : (
        <ProblemLine>
          <InertText coded text={status.verification.problem} most={400} />
        </ProblemLine>
      )}
    </section>
  );
}

function Chain({ verification }: { readonly verification: VerificationState | null }): VNode {
  if (verification === null) return <span class="tag">not verified since the start</span>;
  const { state, progress, report, startedAt } = verification;
  if (state === "running")
    return (
      <span class="tag tag-warn" role="status">
        {progress.of === 0 ? "verifying" : `verifying, ${progress.done} of ${progress.of} segments`}
      </span>
    );
  if (state === "failed" || report === null) return <span class="tag tag-bad">could not be verified</span>;
  return (
    <span role="status">
      {report.ok ? <span class="tag tag-good">sound</span> : <span class="tag tag-bad">broken</span>}{" "}
      <Time at={startedAt} />
    </span>
  );
}

function Report({ report }: { readonly report: JournalVerification }): VNode {
  const { ok, faults, sound, unknown, records, frames, segments, verifier } = report;
  return (
    <details class="journal-report" open={!ok}>
      <summary>
        {formatCount(records)} records in {formatCount(frames)} frames of {formatCount(segments)}{" "}
        {segments === 1 ? "segment" : "segments"} were read
      </summary>
      <ul class="findings-list">
        {faults.map((fault) => (
          <Line key={fault} kind="tag-bad" word="fault" text={fault} />
        ))}
        {sound.map((text) => (
          <Line key={text} kind="tag-good" word="holds" text={text} />
        ))}
        {unknown.map((text) => (
          <Line key={text} kind="tag-warn" word="unknown" text={text} />
        ))}
      </ul>
      {verifier === null ? null : (
        <div class="journal-key">
          <p class="muted">The public key by which others know this journal. Keep it elsewhere:</p>
          <CopyLine text={verifier} />
        </div>
      )}
    </details>
  );
}

function Line({
  kind,
  word,
  text,
}: {
  readonly kind: string;
  readonly word: string;
  readonly text: string;
}): VNode {
  return (
    <li>
      <span class={`tag ${kind}`}>{word}</span> <InertText coded text={text} most={400} />
    </li>
  );
}
