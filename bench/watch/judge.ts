import { BlockList, isIPv6 } from "node:net";
import type { Finding } from "../../packages/sallyport/src/watch/detector.ts";
import { HOUR } from "./calendar.ts";
import type { Label } from "./label.ts";

/** A finding as the watch hands it over: with its detector's name. */
export interface Told extends Finding {
  readonly detector: string;
}

/** A finding and when it was told. */
export interface ToldAt {
  readonly told: Told;
  readonly at: number;
}

/** What became of a simulation's findings. */
export interface Judgement {
  /** Findings about those who did what a label says. */
  readonly right: number;
  /** Findings about what deserves no alarm and is no mistake to tell of. */
  readonly grey: readonly ToldAt[];
  readonly wrong: readonly ToldAt[];
  /** Of each label: after how long one of its detectors told of it, and who else did. */
  readonly outcomes: readonly Outcome[];
}

/** What became of one label. */
export interface Outcome {
  readonly label: Label;
  /** Milliseconds from its beginning to the first finding of a detector that should tell; `null`: missed. */
  readonly foundAfter: number | null;
  /** Detectors that told of it besides. */
  readonly others: ReadonlySet<string>;
  /** How often it was told, by whomever. */
  readonly tellings: number;
}

/** A finding this much after the end is still about it: windows slide, and what is counted within one is told once in ten minutes. */
const TOLERANCE = HOUR;

/** Detectors of refused handshakes. */
const HANDSHAKES: ReadonlySet<string> = new Set(["handshakeScan", "credentialStuffing"]);

function rangeOf(value: string): BlockList {
  const list = new BlockList();
  const [address = "", prefix] = value.split("/");
  const family = isIPv6(address) ? "ipv6" : "ipv4";
  if (prefix === undefined) list.addAddress(address, family);
  else list.addSubnet(address, Number(prefix), family);
  return list;
}

const isIn = (address: string, range: BlockList): boolean =>
  range.check(address, isIPv6(address) ? "ipv6" : "ipv4");

/** Whether a finding about an address or subnet is about any of a label's. */
function coversAddress(label: Label, value: string): boolean {
  const range = rangeOf(value);
  for (const address of label.addresses) if (isIn(address, range)) return true;
  const [base = ""] = value.split("/");
  return [...label.networks].some(
    (network) => isIn(base, rangeOf(network)) || isIn(network.split("/")[0] ?? "", range),
  );
}

/** Of many refused handshakes either detector of them may tell as of a whole route: what nobody else caused is no mistake. */
function isAboutRoute({ detectors }: Label, detector: string): boolean {
  return (
    detectors.includes(detector) ||
    (HANDSHAKES.has(detector) && detectors.some((name) => HANDSHAKES.has(name)))
  );
}

/** Whether a finding is about what a label says was done. */
export function covers(label: Label, { told, at }: ToldAt): boolean {
  if (at < label.from || at > label.until + TOLERANCE) return false;
  const { kind, value } = told.subject;
  if (told.detector === "watch") return label.detectors.some((name) => name in told.measured);
  if (kind === "address") return coversAddress(label, value);
  if (kind === "user") return label.users.has(value);
  if (label.sessions.has(value) || label.sessions.has(told.session ?? "")) return true;
  if (label.users.has(told.user ?? "")) return true;
  return kind === "route" && label.routes.has(value) && isAboutRoute(label, told.detector);
}

/** Holds what was told beside what was done. */
export function judge(labels: readonly Label[], findings: readonly ToldAt[]): Judgement {
  const outcomes = labels.map((label) => ({
    label,
    foundAfter: null as number | null,
    others: new Set<string>(),
    tellings: 0,
  }));
  const grey: ToldAt[] = [];
  const wrong: ToldAt[] = [];
  let right = 0;
  for (const finding of findings) {
    const covered = outcomes.filter(({ label }) => covers(label, finding));
    if (covered.length === 0) wrong.push(finding);
    else if (covered.every(({ label }) => label.grey)) grey.push(finding);
    else right += 1;
    for (const outcome of covered) {
      outcome.tellings += 1;
      if (outcome.label.detectors.includes(finding.told.detector))
        outcome.foundAfter ??= finding.at - outcome.label.from;
      else outcome.others.add(finding.told.detector);
    }
  }
  return { right, grey, wrong, outcomes };
}
