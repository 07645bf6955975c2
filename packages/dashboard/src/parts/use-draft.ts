import { useRef, useState } from "preact/hooks";

/**
 * What somebody is writing, of which the page's address may say another: where that changed by itself, as by a link to the same view, it begins
 * anew with that, and else nothing that is written is lost. Answers the draft, what changes it, and what has to be called with what is told.
 *
 * @param given what the address says
 */
export function useDraft<Value>(
  given: Value,
): readonly [Value, (draft: Value) => void, (told: Value) => void] {
  const [draft, setDraft] = useState(given);
  const known = useRef(JSON.stringify(given));
  const written = JSON.stringify(given);
  const isOther = written !== known.current;
  known.current = written;
  if (isOther) setDraft(given);
  const tell = (told: Value): void => {
    known.current = JSON.stringify(told);
  };
  return [isOther ? given : draft, setDraft, tell];
}
