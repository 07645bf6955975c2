/**
 * A key that is held down presses once: what it leads to is not what it was meant for, such as the button of a dialog that it has just opened, or
 * the first field there. Where it writes lines it goes on.
 */
export function pressHeldKeysOnce(): void {
  addEventListener(
    "keydown",
    (event) => {
      const { key, repeat, target } = event;
      if (key === "Enter" && repeat && !(target instanceof HTMLTextAreaElement)) event.preventDefault();
    },
    { capture: true },
  );
}
