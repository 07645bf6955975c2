import type { CheckContext } from "./check-context.ts";
import type { Exchange } from "./probe/transcript.ts";
import type { Severity } from "./severity.ts";

/** What a check is about, in the order of reports. */
export const groups = [
  "transport",
  "handshake",
  "origin",
  "authentication",
  "frames",
  "limits",
  "messages",
  "crash",
  "client",
] as const;

/** One of the groups. */
export type Group = (typeof groups)[number];

/** What an audit of a project is about besides, before the groups of a scan in reports. */
export const auditGroups = ["dependencies", "code", "configuration"] as const;

/** What a finding of a report may be about. */
export type ReportGroup = Group | (typeof auditGroups)[number];

/** How a fault is mended: in one sentence, and by what stands in the code or configuration of whoever has it. */
export interface Remedy {
  readonly summary: string;
  /** A line for a server that is built on `ws`. */
  readonly ws?: string;
  readonly socketIo?: string;
  readonly nginx?: string;
  /** Lines of a project's `package.json`, or a command in its folder. */
  readonly project?: string;
  /** Lines of a route in `sallyport.yaml`, or of the file where they begin with `listen`, without indent. */
  readonly sallyport?: string;
}

/** Where a check comes from. */
export interface References {
  /** Numbers of the Common Weakness Enumeration. */
  readonly cwe: readonly number[];
  /** Requirements of OWASP ASVS 5.0.0, such as `4.4.2`. */
  readonly asvs?: readonly string[];
  /** Sections, such as `RFC 6455 10.2`. */
  readonly rfc?: readonly string[];
  /** Advisories about the same fault, such as `CVE-2016-10542`. */
  readonly advisories?: readonly string[];
  /** The WebSocket Security Cheat Sheet of OWASP asks for it. */
  readonly cheatSheet?: boolean;
}

/** How sure it is: `certain` was seen, `firm` follows from what was seen, `tentative` needs somebody's eyes. */
export type Confidence = "certain" | "firm" | "tentative";

/** A fault that a check saw. What is said about the check itself is added by the scan. */
export interface Sighting {
  /** What was seen, in one or two sentences. Text of the target in it is escaped by the scan. */
  readonly detail: string;
  readonly evidence: readonly Exchange[];
  /** Default: `certain`. */
  readonly confidence?: Confidence;
  /** Where it is not that of the check. */
  readonly severity?: Severity;
  /** Where it is not that of the check. */
  readonly cvss?: string;
}

/** What a check came to. */
export type Outcome =
  /** It did what it is for, and the fault is not there. */
  | { readonly kind: "passed"; readonly note?: string }
  | { readonly kind: "found"; readonly sightings: readonly [Sighting, ...Sighting[]] }
  /** It could not tell, and why: never the same as passed. */
  | { readonly kind: "notTested"; readonly reason: string }
  /** The fault cannot be there: the target does not do what it is about. */
  | { readonly kind: "notApplicable"; readonly reason: string };

/** What a check says about itself: `npm run docs` writes its page from it. */
export interface CheckFacts {
  /** States the fault, in kebab-case: `accepts-foreign-origin`. Never reused, since baselines name it. */
  readonly id: string;
  readonly group: Group;
  /** The fault in one line. */
  readonly title: string;
  readonly severity: Severity;
  /** The vector of CVSS 3.1 that gives the severity. */
  readonly cvss: string;
  /** Why it matters: what an attacker does with it. */
  readonly about: string;
  /** By what it decides, and by what it does not. */
  readonly decides: string;
  /** What goes to the target, for `--plan`. For a client: what it is answered. */
  readonly sends: string;
  readonly remedy: Remedy;
  readonly references: References;
  /**
   * `safe` is what any client might send; `heavy` asks for work or memory, within bounds; `destructive` may end the process and runs with
   * `--destructive` alone. Default: `safe`.
   */
  readonly impact?: "safe" | "heavy" | "destructive";
  /** It is decided by what a real browser saw, and runs with `--browser` alone. Default: false. */
  readonly needsBrowser?: boolean;
}

/** One fault that an endpoint may have, and how it is told from the outside. One check is one file in `checks/<group>/`, named like its `id`. */
export interface Check extends CheckFacts {
  /** It runs while no other check does: it measures time, or would disturb. Default: false. */
  readonly isAlone?: boolean;
  /**
   * It ends what the user is known by, such as the session: it runs after all others, and nothing is compared after it. With `isBackground` it
   * waits until that has ended by itself. Default: false.
   */
  readonly isLast?: boolean;
  /** It only waits, on a few connections, and does so from the beginning of the scan beside all others. Default: false. */
  readonly isBackground?: boolean;
  /** It can tell even where no normal connection is accepted. Default: false. */
  readonly withoutControl?: boolean;
  /** Tries it. May throw `NotTestedError`, which everything in the context does where it cannot go on. */
  readonly run: (context: CheckContext) => Promise<Outcome>;
}

/** The fault is not there. */
export function passed(note?: string): Outcome {
  return note === undefined ? { kind: "passed" } : { kind: "passed", note };
}

/** The fault was seen. */
export function found(sighting: Sighting): Outcome {
  return { kind: "found", sightings: [sighting] };
}

/** It could not be told. */
export function notTested(reason: string): Outcome {
  return { kind: "notTested", reason };
}

/** The target does not do what the check is about. */
export function notApplicable(reason: string): Outcome {
  return { kind: "notApplicable", reason };
}
