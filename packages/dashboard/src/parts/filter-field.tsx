import type { VNode } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

/** What {@link FilterField} shows. */
export interface FilterFieldProps {
  readonly label: string;
  readonly placeholder?: string;
  readonly value: string;
  /** Told when somebody has stopped typing, or pressed Enter. */
  readonly change: (value: string) => void;
}

const PAUSE_MS = 350;

/** A text to filter by. */
export function FilterField({ label, placeholder, value, change }: FilterFieldProps): VNode {
  const [typed, setTyped] = useState(value);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const told = useRef(value);
  // Somebody followed a link to the same view with another filter. What was told comes back, too, when somebody may have typed on.
  useEffect(() => {
    if (value === told.current) return;
    told.current = value;
    setTyped(value);
  }, [value]);
  useEffect(() => () => clearTimeout(timer.current), []);
  const tell = (text: string): void => {
    clearTimeout(timer.current);
    told.current = text.trim();
    change(told.current);
  };
  const type = (text: string): void => {
    setTyped(text);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => tell(text), PAUSE_MS);
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
          if (key === "Enter") tell(currentTarget.value);
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
