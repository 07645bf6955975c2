import { Buffer } from "node:buffer";
import { scheduler } from "node:timers/promises";
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

/** Every signature that was compiled once. Expressions without a state of their own are shared. */
const compiled = new Map<ThreatSignature, Compiled>();

function compile(signature: ThreatSignature): Compiled {
  const known = compiled.get(signature);
  if (known !== undefined) return known;
  const made = {
    signature,
    expression: new RegExp(signature.pattern, "i"),
    needs: createNeeds(neededTexts(signature.pattern)),
  };
  // An expression is translated when it is used first, and for good when it is used again.
  for (let use = 0; use < 2; use++) made.expression.test("");
  compiled.set(signature, made);
  return made;
}

function chosen({ categories, paranoia }: ScanOptions): readonly ThreatSignature[] {
  return threatSignatures.filter(
    (signature) => signature.paranoia <= paranoia && categories.has(signature.category),
  );
}

/** Compiles what a scanner needs, before the first message does: each signature in a turn of its own, since others wait meanwhile. */
export async function prepareSignatures(options: ScanOptions): Promise<void> {
  for (const signature of chosen(options)) {
    compile(signature);
    await scheduler.yield();
  }
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
    const all = chosen(options).map(compile);
    this.#value = all.filter(({ signature }) => signature.on === "value");
    this.#flat = all.filter(({ signature }) => signature.on === "flat");
    this.#target = all.filter(({ signature }) => signature.on === "target");
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
