import { nationalIdRules, type NationalIdRule } from "./leak-national-id-rules.ts";
import type { LeakDetector, LeakTrigger } from "./leak-detector.ts";

/** What says in any language that a number is a person's. */
const ANY_ID = [
  "national id",
  "nationalid",
  "national_id",
  "national-id",
  "identity number",
  "id number",
  "idnumber",
  "id_number",
  "tax id",
  "taxid",
  "tax_id",
  "taxnumber",
  "personal number",
  "personalnumber",
  "ssn",
  "social security",
  "socialsecurity",
  "social_security",
  "governmentid",
  "government_id",
];

function triggersOf({
  shapes = [],
  named = [],
  words,
  check,
  leads = "",
  hasLetter = false,
}: NationalIdRule): readonly LeakTrigger[] {
  const sure: LeakTrigger = { kind: "groups", shapes, leads, hasLetter, check };
  const others: LeakTrigger = { kind: "groups", shapes: named, check, context: [words, ANY_ID] };
  return [...(shapes.length > 0 ? [sure] : []), ...(named.length > 0 ? [others] : [])];
}

function detectorOf(rule: NationalIdRule): LeakDetector {
  const { id, what, validation, shapes = [], words, finds, passes } = rule;
  const needs =
    shapes.length === 0
      ? `; only shortly behind a word such as ${words.slice(0, 2).join(" or ")}`
      : (rule.named ?? []).length > 0
        ? `; in other forms only shortly behind a word such as ${words.slice(0, 2).join(" or ")}`
        : "";
  return {
    id,
    group: "national-ids",
    what,
    validation: validation + needs,
    finds,
    passes,
    triggers: triggersOf(rule),
  };
}

/** National ids of persons, with their check digits. */
export const nationalIdDetectors: readonly LeakDetector[] = nationalIdRules.map(detectorOf);
