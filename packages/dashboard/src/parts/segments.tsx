import type { VNode } from "preact";
import { useId } from "preact/hooks";

/** What {@link Segments} offers. */
export interface SegmentsProps<Choice extends string> {
  /** What is chosen, for who does not see it. */
  readonly label: string;
  readonly choices: readonly { readonly id: Choice; readonly title: string }[];
  readonly chosen: Choice;
  readonly choose: (choice: Choice) => void;
}

/** One of a few: the arrow keys go from one to the next. */
export function Segments<Choice extends string>({
  label,
  choices,
  chosen,
  choose,
}: SegmentsProps<Choice>): VNode {
  const name = useId();
  return (
    <fieldset class="segments">
      <legend class="unseen">{label}</legend>
      {choices.map(({ id, title }) => (
        <label key={id}>
          <input
            type="radio"
            class="unseen"
            name={name}
            value={id}
            checked={id === chosen}
            onChange={() => choose(id)}
          />
          {title}
        </label>
      ))}
    </fieldset>
  );
}
