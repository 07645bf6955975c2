import type { ComponentChildren, VNode } from "preact";
import { useState } from "preact/hooks";

import type { Answer } from "../../api/answer.ts";
import { ask } from "../../api/ask.ts";
import type { SessionView } from "../../api/session-view.ts";
import { FormDialog } from "../../parts/form-dialog.tsx";
import { InertText } from "../../parts/inert-text.tsx";
import { BanDialog } from "../../parts/ban-dialog.tsx";

/** What can be done to a connection. */
export type ConnectionAction = "close" | "ban" | "refresh";

/** What {@link ActionDialog} asks. */
export interface ActionDialogProps {
  readonly action: ConnectionAction;
  readonly session: SessionView;
  readonly close: () => void;
}

/** Says exactly what will happen, and does it when that is wanted. */
export function ActionDialog({ action, session, close }: ActionDialogProps): VNode {
  switch (action) {
    case "close":
      return <CloseDialog session={session} close={close} />;
    case "ban":
      return <BanDialog address={session.address} close={close} />;
    case "refresh":
      return <RefreshDialog session={session} close={close} />;
  }
}

type DialogProps = Omit<ActionDialogProps, "action">;

function CloseDialog({ session, close }: DialogProps): VNode {
  const [reason, setReason] = useState("");
  const act = (): Promise<Answer<unknown>> =>
    ask("/sessions/kill", {
      method: "POST",
      body: { session: session.session, ...(reason === "" ? {} : { reason }) },
    });
  return (
    <FormDialog isDangerous title="Close this connection?" action="Close it" act={act} close={close}>
      <p>
        The gateway closes the connection of <Whose session={session} /> on {inline(session.route)} with the
        code 4540. What is on its way may be lost.
      </p>
      <p>
        {session.user === null ? "Whoever it is" : "The user"} may connect anew at once: to keep them out, ban
        the address, or revoke the user.
      </p>
      <label class="field">
        <span>Reason, for the log</span>
        <input
          maxLength={200}
          value={reason}
          onInput={({ currentTarget }) => setReason(currentTarget.value)}
        />
      </label>
    </FormDialog>
  );
}

function RefreshDialog({ session, close }: DialogProps): VNode {
  const act = (): Promise<Answer<unknown>> =>
    ask(`/sessions/${encodeURIComponent(session.session)}/refresh`, { method: "POST", body: {} });
  return (
    <FormDialog isDangerous title="Demand a fresh token?" action="Demand it" act={act} close={close}>
      {session.refreshable ? (
        <p>
          <Whose session={session} /> stays connected and has to present a fresh token within the time that
          the route gives for it, about a minute and a half by default. Sallyport's client does so by itself.
          Where none comes, the connection is closed with the code 4401, and may be opened anew with a fresh
          token.
        </p>
      ) : (
        <p>
          This connection was opened without a ticket and cannot be renewed in place: it is closed now, with
          the code 4401. <Whose session={session} /> may connect anew with a fresh token.
        </p>
      )}
    </FormDialog>
  );
}

function Whose({ session: { user, address } }: { readonly session: SessionView }): VNode {
  return <b>{user === null ? inline(`somebody at ${address}`) : inline(user)}</b>;
}

function inline(text: string): ComponentChildren {
  return <InertText text={text} most={80} />;
}
