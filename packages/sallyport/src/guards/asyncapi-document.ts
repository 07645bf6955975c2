import type { DocumentFault } from "./document-faults.ts";
import {
  describeWritten,
  formatPointer,
  isMapping,
  ownValue,
  valueAtPath,
  type DocumentMapping,
} from "./document-places.ts";
import { createReferenceResolver, type ReferenceResolver } from "./document-reference.ts";
import type { KeyPath, LocatedDocument } from "./located-document.ts";

/** An object of a document, wherever a reference led to it. */
export interface Place {
  /** Where it stands, once all references are followed. */
  readonly path: KeyPath;
  readonly value: DocumentMapping;
}

/** References to references: more is a circle. */
const MAX_REFERENCES = 16;

/** What a fault says, beside where it is. */
type Words = Partial<Pick<DocumentFault, "found" | "expected" | "mend">> & { readonly atKey?: boolean };

/** A document whose mistakes are collected while it is read: nothing here throws. */
export class AsyncApiDocument {
  readonly faults: DocumentFault[] = [];
  readonly file: string;
  readonly located: LocatedDocument;
  readonly #resolve: ReferenceResolver;

  constructor(file: string, located: LocatedDocument) {
    this.file = file;
    this.located = located;
    this.#resolve = createReferenceResolver(located.value);
  }

  /** Notes a mistake at a place. */
  fault(path: KeyPath, { found = "", expected = "", mend = "", atKey = false }: Words): void {
    const position = this.located.locate(path, atKey);
    this.faults.push({
      file: this.file,
      place: `#${formatPointer(path)}`,
      found,
      expected,
      mend,
      ...position,
    });
  }

  /** What stands at a path. */
  at(path: KeyPath): unknown {
    return valueAtPath(this.located.value, path);
  }

  /** Where the reference at a path leads, in one step; `null`, and a fault, where it leads nowhere in the document. */
  follow(path: KeyPath): KeyPath | null {
    const reference = ownValue(this.at(path), "$ref");
    const target = this.#resolve(reference);
    if (target === null) {
      const outside = typeof reference === "string" && !reference.startsWith("#");
      this.fault([...path, "$ref"], {
        found: describeWritten(reference),
        expected: "a reference into this document, such as #/components/messages/name",
        mend: outside
          ? "Nothing is fetched: put all into one document, for example with `asyncapi bundle`"
          : "",
      });
    }
    return target;
  }

  /** The path of what stands at a path, once all references are followed; `null`, and a fault, where they lead nowhere. */
  settle(path: KeyPath): KeyPath | null {
    let at = path;
    for (let steps = 0; steps < MAX_REFERENCES; steps++) {
      if (ownValue(this.at(at), "$ref") === undefined) return at;
      const next = this.follow(at);
      if (next === null) return null;
      at = next;
    }
    this.fault([...path, "$ref"], {
      found: "references that go round in a circle",
      expected: "one that ends",
    });
    return null;
  }

  /** The object at a path, references followed; `null`, and a fault, where there is none. Other keys than these are mistakes. */
  object(path: KeyPath, what: string, keys: readonly string[]): Place | null {
    const settled = this.settle(path);
    if (settled === null) return null;
    const value = this.at(settled);
    if (!isMapping(value)) {
      this.fault(settled, { found: describeWritten(value), expected: `${what}: a mapping` });
      return null;
    }
    const unknown = Object.keys(value).filter((key) => !keys.includes(key) && !key.startsWith("x-"));
    for (const key of unknown)
      this.fault([...settled, key], {
        found: `\`${key}\``,
        expected: `for ${what}: one of ${keys.join(", ")}`,
        atKey: true,
      });
    return { path: settled, value };
  }

  /** The entries of the mapping at a path, by name; none where nothing stands there. */
  entries(path: KeyPath, what: string): readonly (readonly [string, KeyPath])[] {
    const value = this.at(path);
    if (value === undefined) return [];
    if (isMapping(value)) return Object.keys(value).map((key) => [key, [...path, key]]);
    this.fault(path, { found: describeWritten(value), expected: `${what}: a mapping` });
    return [];
  }

  /** The entries of the list at a path; none where nothing stands there. */
  list(path: KeyPath, what: string): readonly KeyPath[] {
    const value = this.at(path);
    if (value === undefined) return [];
    if (Array.isArray(value)) return value.map((_entry, index) => [...path, index]);
    this.fault(path, { found: describeWritten(value), expected: `${what}: a list` });
    return [];
  }

  /** The text at a path; `null` where nothing stands there, or `null`. */
  text(path: KeyPath, what: string): string | null {
    const value = this.at(path) ?? null;
    if (value === null || typeof value === "string") return value;
    this.fault(path, { found: describeWritten(value), expected: what });
    return null;
  }
}
