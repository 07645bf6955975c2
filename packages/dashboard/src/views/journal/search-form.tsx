import type { VNode } from "preact";
import { useRef, useState } from "preact/hooks";

import { live } from "../../api/live.ts";
import { mayAct } from "../../api/viewer.ts";
import { BusyButton } from "../../parts/busy-button.tsx";
import { useDraft } from "../../parts/use-draft.ts";
import { place, setFilters } from "../../shell/place.ts";
import { journalFilterOf, times, types, verdicts, type JournalFilter } from "./journal-filter.ts";

/** What {@link SearchForm} shows. */
export interface SearchFormProps {
  readonly filter: JournalFilter;
  readonly busy: boolean;
  readonly search: (filter: JournalFilter, reason: string) => void;
}

const MOST_TEXT = 1024;

/** What is looked for. It searches when it is told to, and not while somebody types: each search is recorded. */
export function SearchForm({ filter: given, busy, search }: SearchFormProps): VNode {
  const [filter, setFilter, tell] = useDraft(given);
  const [reason, setReason] = useState("");
  const change = (field: keyof JournalFilter) => (value: string) => setFilter({ ...filter, [field]: value });
  const routes = Object.keys(live.sample.value?.perRoute ?? {});
  const known = filter.route === "" || routes.includes(filter.route) ? routes : [filter.route, ...routes];
  // While it is looked for something, the same is not looked for again; something else is.
  const searched = useRef("");
  const wanted = JSON.stringify([filter, reason]);
  const submit = (event: Event): void => {
    event.preventDefault();
    searched.current = wanted;
    setFilters({ ...filter });
    tell(journalFilterOf(place.value.query));
    search(filter, reason.trim());
  };
  return (
    <form class="filters journal-search" role="search" aria-label="Search the journal" onSubmit={submit}>
      <Choice label="Time" value={filter.since} choices={timesWith(filter.since)} change={change("since")} />
      <Field label="User" value={filter.user} change={change("user")} />
      <Field label="Session" value={filter.session} change={change("session")} />
      <Field label="Address" value={filter.address} change={change("address")} />
      <Choice
        label="Route"
        value={filter.route}
        choices={[{ value: "", title: "Any" }, ...known.map((route) => ({ value: route, title: route }))]}
        change={change("route")}
      />
      <Choice label="Kind" value={filter.type} choices={types} change={change("type")} />
      <Choice label="Verdict" value={filter.verdict} choices={verdicts} change={change("verdict")} />
      <Field label="Text" value={filter.text} change={change("text")} />
      {filter.text !== "" && mayAct("investigator") ? (
        <Field label="Reason, to look into whole contents" value={reason} change={setReason} />
      ) : null}
      <BusyButton type="submit" class="button-main" isBusy={busy && searched.current === wanted}>
        Search
      </BusyButton>
    </form>
  );
}

function timesWith(value: string): typeof times {
  return times.some((time) => time.value === value) ? times : [{ value, title: `Since ${value}` }, ...times];
}

function Field({
  label,
  value,
  change,
}: {
  readonly label: string;
  readonly value: string;
  readonly change: (value: string) => void;
}): VNode {
  return (
    <label class="field">
      <span>{label}</span>
      <input
        type="search"
        spellcheck={false}
        autoComplete="off"
        maxLength={MOST_TEXT}
        value={value}
        onInput={({ currentTarget }) => change(currentTarget.value)}
      />
    </label>
  );
}

function Choice({
  label,
  value,
  choices,
  change,
}: {
  readonly label: string;
  readonly value: string;
  readonly choices: typeof times;
  readonly change: (value: string) => void;
}): VNode {
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
