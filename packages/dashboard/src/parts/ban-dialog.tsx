import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";

import type { Answer } from "../api/answer.ts";
import { ask } from "../api/ask.ts";
import type { SessionPage } from "../api/session-view.ts";
import { FormDialog } from "./form-dialog.tsx";
import { formatCount } from "./format-number.ts";
import { InertText } from "./inert-text.tsx";

const SPANS = [
  { seconds: "600", title: "10 minutes" },
  { seconds: "3600", title: "1 hour" },
  { seconds: "86400", title: "1 day" },
  { seconds: "", title: "Until it is lifted" },
];

/** Bans an address, once it is said how many connections that ends. */
export function BanDialog({
  address,
  close,
}: {
  readonly address: string;
  readonly close: () => void;
}): VNode {
  const [seconds, setSeconds] = useState("3600");
  const [reason, setReason] = useState("");
  const open = useOpenConnections(address);
  const act = (): Promise<Answer<unknown>> =>
    ask("/bans", {
      method: "POST",
      body: {
        address,
        seconds: seconds === "" ? null : Number(seconds),
        ...(reason === "" ? {} : { reason }),
      },
    });
  return (
    <FormDialog isDangerous title="Ban this address?" action="Ban it" act={act} close={close}>
      <p>
        Every new connection from{" "}
        <b>
          <InertText text={address} most={80} />
        </b>{" "}
        is refused on every route, whoever asks.{" "}
        {open === null
          ? "Its open connections are closed with the code 4529."
          : open === 0
            ? "It has no open connection now."
            : `Its ${formatCount(open)} open ${open === 1 ? "connection is" : "connections are"} closed with the code 4529.`}
      </p>
      <p>People behind one address are banned together: a proxy, an office, a mobile network.</p>
      <label class="field">
        <span>How long</span>
        <select value={seconds} onChange={({ currentTarget }) => setSeconds(currentTarget.value)}>
          {SPANS.map((span) => (
            <option key={span.seconds} value={span.seconds}>
              {span.title}
            </option>
          ))}
        </select>
      </label>
      <label class="field">
        <span>Reason, for whoever reads the list of bans</span>
        <input
          maxLength={200}
          value={reason}
          onInput={({ currentTarget }) => setReason(currentTarget.value)}
        />
      </label>
    </FormDialog>
  );
}

function useOpenConnections(address: string): number | null {
  const [count, setCount] = useState<number | null>(null);
  useEffect(() => {
    const life = new AbortController();
    const query = new URLSearchParams({ address, limit: "1" });
    void ask<SessionPage>(`/sessions?${query.toString()}`, { signal: life.signal }).then((answer) => {
      // What some nodes did not say is not known.
      if (answer.ok && answer.body.unanswered === undefined) setCount(answer.body.matching);
    });
    return () => life.abort();
  }, [address]);
  return count;
}
