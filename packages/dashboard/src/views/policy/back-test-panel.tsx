import type { VNode } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

import type { BackTestState } from "../../../../sallyport/src/hosts/dashboard/policy-message.ts";
import type { Failure } from "../../api/answer.ts";
import { ask } from "../../api/ask.ts";
import { BusyButton } from "../../parts/busy-button.tsx";
import { formatCount } from "../../parts/format-number.ts";
import { InertText } from "../../parts/inert-text.tsx";
import { FailureNotice } from "../../parts/notice.tsx";
import { BackTestResultView } from "./back-test-result-view.tsx";
import type { PolicyInForce } from "./policy.tsx";

const POLL_MS = 700;
/** As the gate takes it. */
const MOST_BYTES = 1024 * 1024;

const TIMES = [
  { value: "1h", title: "The last hour" },
  { value: "24h", title: "The last 24 hours" },
  { value: "7d", title: "The last 7 days" },
  { value: "", title: "All of it" },
] as const;

/** Tries a changed policy on what was recorded, before it is enforced. */
export function BackTestPanel({ policy }: { readonly policy: PolicyInForce }): VNode {
  const [state, setState] = useState<BackTestState | null>(null);
  const [failure, setFailure] = useState<Failure | null>(null);
  const [asked, setAsked] = useState(0);
  useEffect(() => {
    const life = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const look = async (): Promise<void> => {
      const answer = await ask<BackTestState>("/policy/back-test", { signal: life.signal });
      if (life.signal.aborted) return;
      if (!answer.ok && answer.trouble !== "missing") setFailure(answer);
      if (answer.ok) setState(answer.body);
      if (answer.ok && answer.body.state === "running") timer = setTimeout(() => void look(), POLL_MS);
    };
    void look();
    return () => {
      life.abort();
      clearTimeout(timer);
    };
  }, [asked]);
  const begin = async (body: Readonly<Record<string, string>>): Promise<void> => {
    setFailure(null);
    const answer = await ask<BackTestState>("/policy/back-test", { method: "POST", body });
    if (answer.ok) setState(answer.body);
    else setFailure(answer);
    setAsked(asked + 1);
  };
  const cancel = async (): Promise<void> => {
    await ask("/policy/back-test", { method: "DELETE" });
    setAsked(asked + 1);
  };
  return (
    <section class="panel">
      <h2>Try a changed policy on what was recorded</h2>
      <div class="panel-body">
        <BackTestForm isRunning={state?.state === "running"} begin={(body) => void begin(body)} />
        {failure === null ? null : <FailureNotice failure={failure} />}
        {state === null ? null : <Outcome state={state} policy={policy} cancel={() => void cancel()} />}
      </div>
    </section>
  );
}

function BackTestForm({
  isRunning,
  begin,
}: {
  readonly isRunning: boolean;
  readonly begin: (body: Readonly<Record<string, string>>) => void;
}): VNode {
  const [policy, setPolicy] = useState("");
  const [since, setSince] = useState("24h");
  const [reason, setReason] = useState("");
  const [problem, setProblem] = useState("");
  const file = useRef<HTMLInputElement>(null);
  const read = async (chosen: File | undefined): Promise<void> => {
    setProblem("");
    if (chosen === undefined) return;
    if (chosen.size > MOST_BYTES) setProblem("A configuration has at most 1 MiB.");
    else setPolicy(await chosen.text());
  };
  const submit = (event: Event): void => {
    event.preventDefault();
    const given = { policy, since, reason: reason.trim() };
    begin(Object.fromEntries(Object.entries(given).filter(([, value]) => value !== "")));
  };
  return (
    <form class="back-test" onSubmit={submit}>
      <label class="field">
        <span>Configuration, as YAML. Without any, the gate’s own file as it is on the disk now</span>
        <textarea
          rows={7}
          spellcheck={false}
          value={policy}
          onInput={({ currentTarget }) => setPolicy(currentTarget.value)}
        />
      </label>
      <div class="filters">
        <label class="field">
          <span>Or a file with one</span>
          <input
            ref={file}
            type="file"
            accept=".yaml,.yml,.json"
            onChange={({ currentTarget }) => void read(currentTarget.files?.[0])}
          />
        </label>
        <label class="field">
          <span>Traffic</span>
          <select value={since} onChange={({ currentTarget }) => setSince(currentTarget.value)}>
            {TIMES.map(({ value, title }) => (
              <option key={value} value={value}>
                {title}
              </option>
            ))}
          </select>
        </label>
        <label class="field">
          <span>Reason, to read contents</span>
          <input
            maxLength={500}
            value={reason}
            onInput={({ currentTarget }) => setReason(currentTarget.value)}
          />
        </label>
        <BusyButton type="submit" class="button-main" isBusy={isRunning}>
          Try it
        </BusyButton>
      </div>
      <p class="hint">
        Nothing changes in the gate. Without a reason messages are judged by size and rate alone. The journal
        records that it is read.
      </p>
      {problem === "" ? null : <p role="alert">{problem}</p>}
    </form>
  );
}

function Outcome({
  state: { state, progress, result, problems },
  policy,
  cancel,
}: {
  readonly state: BackTestState;
  readonly policy: PolicyInForce;
  readonly cancel: () => void;
}): VNode {
  if (state === "running")
    return (
      <p class="back-test-progress" role="status">
        {formatCount(progress.records)} records played
        {progress.of === 0 ? "" : `, ${progress.done} of ${progress.of} segments`}
        <button type="button" class="button" onClick={cancel}>
          End it
        </button>
      </p>
    );
  if (result === null)
    return (
      <div class="notice notice-bad" role="alert">
        <div>
          <p class="notice-title">The policy could not be tried.</p>
          <ul>
            {problems.map((problem) => (
              <li key={problem}>
                <InertText coded text={problem} most={600} />
              </li>
            ))}
          </ul>
        </div>
      </div>
    );
  return <BackTestResultView result={result} policy={policy} />;
}
