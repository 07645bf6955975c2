import { readFile, stat } from "node:fs/promises";
import { basename } from "node:path";
import { scheduler } from "node:timers/promises";
import type { CheckedSchema } from "./checked-schema.ts";
import { DocumentFaults, type DocumentFault } from "./document-faults.ts";
import { formatPointer } from "./document-places.ts";
import { nowhere, parseLocated, reasonOf, type LocatedDocument } from "./located-document.ts";
import { bundleSchema, type SchemaSource } from "./schema-bundle.ts";

/** A larger document is generated, and a gate is no place for it. */
const MAX_FILE_BYTES = 1024 * 1024;

/** Reads documents and compiles schemas; every mistake is kept until all have been looked at. */
export class SchemaFiles {
  readonly #depth: number;
  readonly #documents = new Map<string, LocatedDocument | null>();
  readonly #faults = new Map<string, DocumentFault>();

  /** @param depth lists and objects inside each other that a value may be where a schema follows it */
  constructor(depth: number) {
    this.#depth = depth;
  }

  /** Notes what is wrong with a document, once. */
  fault(...faults: readonly DocumentFault[]): void {
    for (const fault of faults) this.#faults.set(JSON.stringify(fault), fault);
  }

  /** @throws DocumentFaults where anything was wrong */
  finish(): void {
    const faults = [...this.#faults.values()];
    if (faults.length > 0) throw new DocumentFaults(faults.sort(byPlace));
  }

  /** A YAML or JSON document; `null`, and faults, where it is none. */
  async read(file: string): Promise<LocatedDocument | null> {
    const known = this.#documents.get(file);
    if (known !== undefined) return known;
    const document = await this.#parse(file);
    this.#documents.set(file, document);
    return document;
  }

  async #parse(file: string): Promise<LocatedDocument | null> {
    const complain = (found: string, expected: string): null => {
      this.fault({ file, place: "", found, expected, mend: "", ...nowhere });
      return null;
    };
    try {
      const { size } = await stat(file);
      if (size > MAX_FILE_BYTES)
        return complain(`${size} bytes`, `a file of at most ${MAX_FILE_BYTES} bytes`);
      const parsed = parseLocated(await readFile(file, "utf8"));
      if (parsed.ok) return parsed.document;
      this.fault(...parsed.flaws.map((flaw) => Object.assign({ file, place: "", mend: "" }, flaw)));
      return null;
    } catch (cause) {
      return complain(reasonOf(cause), "a file that can be read");
    }
  }

  /** The schema that a file holds; `null`, and faults, where it cannot be checked. */
  async schemaOf(file: string): Promise<CheckedSchema | null> {
    const document = await this.read(file);
    return document === null ? null : await this.compile({ file, document, path: [], draft: "2020-12" });
  }

  /** Compiles a schema; `null`, and faults, where it cannot be checked. */
  async compile(source: SchemaSource): Promise<CheckedSchema | null> {
    // A schema takes milliseconds, and a reload compiles all of them: meanwhile messages pass.
    await scheduler.yield();
    const result = bundleSchema(source);
    if (!result.ok) {
      this.fault(...result.faults);
      return null;
    }
    const { title, draft } = result.bundle;
    const { file, path, document } = source;
    const place = path.length === 0 ? "" : `#${formatPointer(path)}`;
    const label = `${basename(file)}${place}${title === null ? "" : ` ${JSON.stringify(title)}`} (${draft})`;
    // The engine is loaded by the first schema: gates without one start without it.
    const { createCheckedSchema } = await import("./checked-schema.ts");
    try {
      return createCheckedSchema(result.bundle, { label, depth: this.#depth });
    } catch (cause) {
      const position = document.locate(path);
      this.fault({
        file,
        place: `#${formatPointer(path)}`,
        found: reasonOf(cause),
        expected: "",
        mend: "",
        ...position,
      });
      return null;
    }
  }
}

function byPlace(one: DocumentFault, other: DocumentFault): number {
  return one.file.localeCompare(other.file) || one.line - other.line || one.column - other.column;
}
