import type { VNode } from "preact";
import { useState } from "preact/hooks";

import { unreachable, type Answer } from "../../api/answer.ts";
import { FormDialog } from "../../parts/form-dialog.tsx";

/** What {@link ReasonDialog} asks. */
export interface ReasonDialogProps {
  /** Takes the reason, which is not empty. */
  readonly give: (reason: string) => void;
  readonly close: () => void;
}

/** Asks why whole contents are read. What is answered is recorded, so that it must be answered. */
export function ReasonDialog({ give, close }: ReasonDialogProps): VNode {
  const [reason, setReason] = useState("");
  const act = async (): Promise<Answer<null>> => {
    const given = reason.trim();
    if (given === "") return { ...unreachable, trouble: "not-understood", sentence: "a reason is needed" };
    give(given);
    return { ok: true, body: null };
  };
  return (
    <FormDialog title="Read what was said?" action="Read it" isAnswered act={act} close={close}>
      <p>
        The journal records that you read this conversation, before it is shown: your name, your role, and the
        reason that you give here.
      </p>
      <label class="field">
        <span>Reason</span>
        <input
          required
          maxLength={500}
          placeholder="Ticket 4711"
          value={reason}
          onInput={({ currentTarget }) => setReason(currentTarget.value)}
        />
      </label>
    </FormDialog>
  );
}
