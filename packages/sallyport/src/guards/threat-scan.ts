import { Buffer } from "node:buffer";
import { decodeEvasions, flattenSyntax } from "./decode-evasions.ts";
import { createNeeds, Grams, type Needs } from "./threat-grams.ts";
import { neededTexts } from "./threat-literals.ts";
import { mayThreatenText, type FilteredText } from "./threat-prefilter.ts";
import {
  severityScore,
  type Paranoia,
  type ThreatCategory,
  type ThreatSignature,
} from "./threat-signature.ts";
import { threatSignatures } from "./threat-signatures.ts";
import { findTargets } from "./threat-target.ts";

/** How a scanner is made. */
export interface ScanOptions {
  readonly categories: ReadonlySet<ThreatCategory>;
  readonly paranoia: Paranoia;
}

/** What was found in a value. */
export interface ScanResult {
  readonly signatures: readonly ThreatSignature[];
  readonly score: number;
}

/** A signature, compiled. */
interface Compiled {
  readonly signature: ThreatSignature;
  readonly expression: RegExp;
  /** What its matches hold. */
  readonly needs: Needs;
}

function compile(on: ThreatSignature["on"], { categories, paranoia }: ScanOptions): readonly Compiled[] {
  return threatSignatures
    .filter(
      (signature) =>
        signature.on === on && signature.paranoia <= paranoia && categories.has(signature.category),
    )
    .map((signature) => ({
      signature,
      expression: new RegExp(signature.pattern, "i"),
      needs: createNeeds(neededTexts(signature.pattern)),
    }));
}

/** A string as the prefilter wants it. */
function filtered(text: string): FilteredText {
  // eslint-disable-next-line no-control-regex
  const isAscii = !/[\u0080-\uffff]/.test(text);
  const bytes = (): Uint8Array => Buffer.from(text);
  return { latin1: isAscii ? text : Buffer.from(text).toString("latin1"), isAscii, bytes };
}

/** Looks for attacks in values, by the signatures of its categories and paranoia level. */
export class ThreatScanner {
  readonly #value: readonly Compiled[];
  readonly #flat: readonly Compiled[];
  readonly #target: readonly Compiled[];
  /** Above level 1 patterns are about more than the prefilter is. */
  readonly #filters: boolean;
  readonly #grams: Grams = new Grams();

  constructor(options: ScanOptions) {
    this.#value = compile("value", options);
    this.#flat = compile("flat", options);
    this.#target = compile("target", options);
    this.#filters = options.paranoia === 1;
  }

  /** What a value holds; `null` where it is nothing. Takes time linear in the value. */
  scan(value: string, excluded: (signature: ThreatSignature) => boolean = () => false): ScanResult | null {
    if (this.#filters && !mayThreatenText(filtered(value))) return null;
    const found = new Set<ThreatSignature>();
    const match = (patterns: readonly Compiled[], text: string): void => {
      const isOneLine = !text.trimEnd().includes("\n");
      for (const { signature, expression, needs } of patterns)
        if (
          (signature.oneLine !== true || isOneLine) &&
          this.#grams.mayHold(needs) &&
          !excluded(signature) &&
          expression.test(text)
        )
          found.add(signature);
    };
    const decoded = decodeEvasions(value);
    this.#grams.read(decoded);
    match(this.#value, decoded);
    match(this.#flat, decoded);
    const flat = flattenSyntax(decoded);
    if (flat !== null) {
      this.#grams.read(flat);
      match(this.#flat, flat);
    }
    if (this.#target.length > 0)
      for (const target of findTargets(decoded)) {
        this.#grams.read(target);
        match(this.#target, target);
      }
    if (found.size === 0) return null;
    const signatures = [...found];
    return { signatures, score: signatures.reduce((sum, { severity }) => sum + severityScore[severity], 0) };
  }
}
