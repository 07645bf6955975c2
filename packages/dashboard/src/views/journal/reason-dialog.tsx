import type { VNode } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";

/** What {@link ReasonDialog} asks. */
export interface ReasonDialogProps {
  /** Takes the reason, which is not empty. */
  readonly give: (reason: string) => void;
  readonly close: () => void;
}

/** Asks why whole contents are read. What is answered is recorded, so that it must be answered. */
export function ReasonDialog({ give, close }: ReasonDialogProps): VNode {
  const dialog = useRef<HTMLDialogElement>(null);
  const [reason, setReason] = useState("");
  const id = useId();
  useEffect(() => dialog.current?.showModal(), []);
  const submit = (event: Event): void => {
    event.preventDefault();
    if (reason.trim() !== "") give(reason.trim());
  };
  return (
    <dialog ref={dialog} class="dialog" aria-labelledby={id} onClose={close}>
      <form onSubmit={submit}>
        <h2 id={id}>Read what was said?</h2>
        <div class="dialog-body">
          <p>
            The journal records that you read this conversation, before it is shown: your name, your role, and
            the reason that you give here.
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
        </div>
        <div class="dialog-actions">
          <button type="button" class="button" onClick={close}>
            Cancel
          </button>
          <button type="submit" class="button button-main">
            Read it
          </button>
        </div>
      </form>
    </dialog>
  );
}
