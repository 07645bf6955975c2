import type { Advisories, Advisory } from "./advisories.ts";
import { parseOsvRecord } from "./osv-advisories.ts";

/** What an update came to. */
export interface UpdatedAdvisories {
  readonly advisories: Advisories;
  readonly records: number;
  /** Advisories that were not known, that say something else now, and that were taken back. */
  readonly added: number;
  readonly changed: number;
  readonly withdrawn: number;
}

/**
 * What is known, with what the records of OSV say. Ranges and severities are the records'; what was written here about a hole that was known
 * already, its line and its note, stays. It is of the day on which the newest record was changed. Rejects where a record cannot be understood.
 */
export async function updateAdvisories(
  known: Advisories,
  records: AsyncIterable<unknown>,
): Promise<UpdatedAdvisories> {
  const names = new Set(known.libraries.keys());
  let listed = [...known.advisories];
  const counts = { records: 0, added: 0, changed: 0, withdrawn: 0 };
  let newest = known.checked;
  for await (const said of records) {
    counts.records += 1;
    const record = parseOsvRecord(said, names);
    if (record === null) continue;
    newest = record.modified.slice(0, 10) > newest ? record.modified.slice(0, 10) : newest;
    if (record.isWithdrawn) {
      const before = listed.length;
      listed = listed.filter(({ ids }) => !ids.some((id) => record.ids.includes(id)));
      counts.withdrawn += before - listed.length;
    }
    for (const advisory of record.advisories) {
      const at = listed.findIndex(
        (each) => each.package === advisory.package && each.ids.some((id) => advisory.ids.includes(id)),
      );
      const before = listed[at];
      if (before === undefined) {
        counts.added += 1;
        listed.push(advisory);
      } else {
        const merged = mergeOf(before, advisory);
        if (JSON.stringify(merged) !== JSON.stringify(before)) counts.changed += 1;
        listed[at] = merged;
      }
    }
  }
  if (counts.records === 0) throw new Error("the export has no records");
  return { ...counts, advisories: { ...known, checked: newest, advisories: listed } };
}

function mergeOf(before: Advisory, { affected, fixed, severity, cvss, cvssBy, ids }: Advisory): Advisory {
  const [first, ...others] = [...new Set([...before.ids, ...ids])];
  return {
    ...before,
    ids: [first ?? before.ids[0], ...others],
    // A range that was seen to be affected here stays so, whatever the record says: see the notes.
    affected: before.note === undefined ? affected : [...new Set([...before.affected, ...affected])],
    fixed: before.note === undefined ? fixed : [...new Set([...before.fixed, ...fixed])],
    ...(cvssBy === "database" ? { severity, cvss, cvssBy } : {}),
  };
}

/** Advisories as their file has them. */
export function serializeAdvisories({ checked, libraries, advisories }: Advisories): string {
  const file = {
    $schema: "./advisories.schema.json",
    version: 1,
    checked,
    libraries: Object.fromEntries(libraries),
    advisories,
  };
  return `${JSON.stringify(file, null, 2)}\n`;
}
