import type { ComponentChildren, VNode } from "preact";
import { useId, useLayoutEffect, useRef } from "preact/hooks";

import type { Failure } from "../api/answer.ts";
import { FailureNotice } from "./notice.tsx";

/** What {@link FormDialog} asks. */
export interface FormDialogProps {
  readonly title: string;
  /** What the button that does it says: a verb. */
  readonly action: string;
  /** Whether what it does cannot be taken back. Default: no. */
  readonly isDangerous?: boolean;
  /** Whether it is being done. Default: no. */
  readonly isBusy?: boolean;
  /** Why it could not be done: it can be tried again. Default: nothing. */
  readonly failure?: Failure | null;
  readonly children: ComponentChildren;
  readonly submit: () => void;
  /** It is not wanted: whoever shows the dialog shows it no longer. */
  readonly close: () => void;
}

/** Asks something before something is done. The platform's dialog: Escape leaves it, and the focus goes back to where it was. */
export function FormDialog(props: FormDialogProps): VNode {
  const {
    title,
    action,
    isDangerous = false,
    isBusy = false,
    failure = null,
    children,
    submit,
    close,
  } = props;
  const dialog = useRef<HTMLDialogElement>(null);
  const isOver = useRef(false);
  const id = useId();
  useLayoutEffect(() => {
    const shown = dialog.current;
    shown?.showModal();
    return () => {
      isOver.current = true;
      // Gives the focus back, which an element that is just taken away does not.
      shown?.close();
    };
  }, []);
  // The platform says that a dialog was closed with the next frame. Until then the dialog would be on its way out, and a
  // key that asks for it anew would be lost; so that it is left when Escape says so. There may be no such event, and only the later.
  const leave = (): void => {
    if (!isOver.current) close();
  };
  const onSubmit = (event: Event): void => {
    event.preventDefault();
    submit();
  };
  return (
    <dialog ref={dialog} class="dialog" aria-labelledby={id} onCancel={leave} onClose={leave}>
      <form onSubmit={onSubmit}>
        <h2 id={id}>{title}</h2>
        <div class="dialog-body">{children}</div>
        {failure === null ? null : <FailureNotice failure={failure} />}
        <div class="dialog-actions">
          <button type="button" class="button" onClick={leave}>
            Cancel
          </button>
          <button
            type="submit"
            class={`button ${isDangerous ? "button-danger" : "button-main"}`}
            disabled={isBusy}
          >
            {action}
          </button>
        </div>
      </form>
    </dialog>
  );
}
