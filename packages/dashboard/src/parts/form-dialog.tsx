import type { ComponentChildren, VNode } from "preact";
import { useId, useLayoutEffect, useRef, useState } from "preact/hooks";

import type { Answer, Failure } from "../api/answer.ts";
import { BusyButton } from "./busy-button.tsx";
import { FailureNotice } from "./notice.tsx";

/** What {@link FormDialog} asks. */
export interface FormDialogProps {
  readonly title: string;
  /** What the button that does it says: a verb. */
  readonly action: string;
  /** What it says while it is being done. Default: the same. */
  readonly doing?: string;
  /** Whether what it does cannot be taken back. Default: no. */
  readonly isDangerous?: boolean;
  /** Whether nothing can be done before something is written: that is where one is then. Default: no. */
  readonly isAnswered?: boolean;
  /** Exactly what will happen, and what is asked. */
  readonly children: ComponentChildren;
  /** Does it. A failure stays in the dialog, which can then be tried again or left. */
  readonly act: () => Promise<Answer<unknown>>;
  /** It is over, done or not wanted: whoever shows the dialog shows it no longer. */
  readonly close: () => void;
}

/**
 * Asks something before something is done. The platform's dialog: Escape leaves it, and the focus goes back to where it was. At first one is at
 * its title: a key that is pressed once more than was meant does nothing that nobody has read.
 */
export function FormDialog(props: FormDialogProps): VNode {
  const { title, action, doing = action, isDangerous = false, isAnswered = false, children } = props;
  const dialog = useRef<HTMLDialogElement>(null);
  const isOver = useRef(false);
  const id = useId();
  const [isBusy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Failure | null>(null);
  useLayoutEffect(() => {
    const shown = dialog.current;
    shown?.showModal();
    if (!isAnswered) shown?.querySelector("h2")?.focus();
    return () => {
      isOver.current = true;
      // Gives the focus back, which an element that is just taken away does not.
      shown?.close();
    };
  }, []);
  // The platform says that a dialog was closed with the next frame. Until then the dialog would be on its way out, and a
  // key that asks for it anew would be lost; so that it is left when Escape says so. There may be no such event, and only the later.
  const leave = (): void => {
    // Whoever has left it may be at another one when it is done.
    if (!isOver.current) props.close();
  };
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    setFailure(null);
    const answer = await props.act();
    setBusy(false);
    if (answer.ok) leave();
    else setFailure(answer);
  };
  return (
    <dialog ref={dialog} class="dialog" aria-labelledby={id} onCancel={leave} onClose={leave}>
      <form onSubmit={(event) => void submit(event)}>
        <h2 id={id} tabIndex={isAnswered ? undefined : -1}>
          {title}
        </h2>
        <div class="dialog-body">{children}</div>
        {failure === null ? null : <FailureNotice failure={failure} />}
        <div class="dialog-actions">
          <button type="button" class="button" onClick={leave}>
            Cancel
          </button>
          <BusyButton type="submit" class={isDangerous ? "button-danger" : "button-main"} isBusy={isBusy}>
            {isBusy ? doing : action}
          </BusyButton>
        </div>
      </form>
    </dialog>
  );
}
