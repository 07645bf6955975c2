import type { VNode } from "preact";
import { useEffect, useRef } from "preact/hooks";

import { useDraft } from "./use-draft.ts";

/** What {@link FilterField} shows. */
export interface FilterFieldProps {
  readonly label: string;
  readonly placeholder?: string;
  readonly value: string;
  /** Told when somebody has stopped typing, pressed Enter, or left. */
  readonly change: (value: string) => void;
}

const PAUSE_MS = 350;

/** A text to filter by. */
export function FilterField({ label, placeholder, value, change }: FilterFieldProps): VNode {
  const [typed, setTyped, tell] = useDraft(value);
  const timer = useRef<ReturnType<typeof setTimeout> | null>(null);
  const stop = (): void => {
    if (timer.current !== null) clearTimeout(timer.current);
    timer.current = null;
  };
  useEffect(() => stop, []);
  const filter = (text: string): void => {
    stop();
    tell(text.trim());
    change(text.trim());
  };
  const type = (text: string): void => {
    setTyped(text);
    stop();
    timer.current = setTimeout(() => filter(text), PAUSE_MS);
  };
  return (
    <label class="field">
      <span>{label}</span>
      <input
        type="search"
        spellcheck={false}
        autoComplete="off"
        placeholder={placeholder}
        value={typed}
        onInput={({ currentTarget }) => type(currentTarget.value)}
        onKeyDown={({ key, currentTarget }) => {
          if (key === "Enter") filter(currentTarget.value);
        }}
        // What is done elsewhere is done after it, and not overtaken by it.
        onBlur={({ currentTarget }) => {
          if (timer.current !== null) filter(currentTarget.value);
        }}
      />
    </label>
  );
}

/** What {@link FilterChoice} offers. */
export interface FilterChoiceProps {
  readonly label: string;
  readonly value: string;
  /** The first is what stands for no filter: its value is empty. */
  readonly choices: readonly { readonly value: string; readonly title: string }[];
  readonly change: (value: string) => void;
}

/** One of a list to filter by. */
export function FilterChoice({ label, value, choices, change }: FilterChoiceProps): VNode {
  return (
    <label class="field">
      <span>{label}</span>
      <select value={value} onChange={({ currentTarget }) => change(currentTarget.value)}>
        {choices.map((choice) => (
          <option key={choice.value} value={choice.value}>
            {choice.title}
          </option>
        ))}
      </select>
    </label>
  );
}
