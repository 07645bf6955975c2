import type { ConnectionGuard, Denial, Guard, GuardDefinition, Message, MessageVerdict } from "./guard.ts";
import { pass, passForAll } from "./guard.ts";
import { parseJsonPointer } from "../dialects/json-pointer.ts";
import { LeakText, type LeakDetector, type LeakThreshold } from "./leak-detector.ts";
import { leakDetectors } from "./leak-detectors.ts";
import { foldMessage, oddWriting } from "./leak-fold.ts";
import { leakOptions, type LeakAction, type LeakOptions, type LeakSetting } from "./leak-options.ts";
import { createOwnDetectors, type OwnDetectors } from "./leak-own.ts";
import { isAtOrBelow, LeakPlaces } from "./leak-place.ts";
import { redact } from "./leak-redaction.ts";
import { MAX_FINDINGS, prepareScanner, type LeakFinding, type LeakScanner } from "./leak-scan.ts";
import { quoted } from "./quoted.ts";

const TEXT = 1;
/** Detectors that a record names; more are counted. */
const MAX_NAMED = 5;

/** What is to be done about one detector's finds. */
interface Plan {
  readonly action: LeakAction;
  readonly threshold: LeakThreshold;
}

/** What one route looks for, and where. Shared by its connections. */
interface Search {
  readonly scanner: LeakScanner;
  readonly own: OwnDetectors;
  readonly plans: ReadonlyMap<LeakDetector, Plan>;
  readonly names: ReadonlySet<string> | null;
  readonly fields: readonly (readonly string[])[] | null;
  readonly except: readonly (readonly string[])[];
}

const ONE: LeakThreshold = { count: 1, within: 1 };

function isList(detect: LeakOptions["detect"]): detect is readonly string[] {
  return Array.isArray(detect);
}

function settingsOf({ detect }: LeakOptions): ReadonlyMap<LeakDetector, LeakSetting> {
  const chosen = new Map<LeakDetector, LeakSetting>();
  for (const detector of leakDetectors) {
    const { id, group } = detector;
    if (isList(detect)) {
      if (detect.includes(id) || detect.includes(group)) chosen.set(detector, {});
      continue;
    }
    const setting = detect[id] ?? detect[group] ?? {};
    if (setting !== "off") chosen.set(detector, setting);
  }
  return chosen;
}

function pathsOf(list: readonly string[] | undefined): readonly (readonly string[])[] {
  return (list ?? []).map((text) => parseJsonPointer(text) ?? []);
}

async function createSearch(options: LeakOptions): Promise<Search> {
  const settings = settingsOf(options);
  const own = createOwnDetectors(options);
  const plans = new Map<LeakDetector, Plan>();
  for (const [detector, { action, threshold }] of settings)
    plans.set(detector, {
      action: action ?? options.action,
      threshold: threshold ?? detector.threshold ?? ONE,
    });
  const actions = new Map<string, LeakAction>(
    [
      ...options.patterns.map(({ name, action }) => [`pattern ${name}`, action] as const),
      ...options.dictionaries.map(({ name, action }) => [`dictionary ${name}`, action] as const),
    ].map(([id, action]) => [id, action ?? options.action]),
  );
  for (const detector of own.all)
    plans.set(detector, { action: actions.get(detector.id) ?? options.action, threshold: ONE });
  const { names, fields, except } = options.scope;
  return {
    scanner: await prepareScanner([...settings.keys(), ...own.detectors, oddWriting]),
    own,
    plans,
    names: names === undefined ? null : new Set(names),
    fields: fields === undefined ? null : pathsOf(fields),
    except: pathsOf(except),
  };
}

/** Everything that is found in the bytes, in the order of where it begins. */
function findAll({ scanner, own }: Search, bytes: Uint8Array): readonly LeakFinding[] {
  const seen = scanner.scan(bytes);
  if (seen.length === 0 && own.all.length === 0) return seen;
  if (!seen.some(({ detector }) => detector === oddWriting))
    return sorted(seen, own.find(new LeakText(bytes)));
  const folded = foldMessage(bytes);
  const inside = scanner.scan(folded.bytes).filter(({ detector }) => detector !== oddWriting);
  const all = sorted(inside, own.find(new LeakText(folded.bytes)));
  return all.map(({ detector, keepLast = 0, ...finding }) => ({
    detector,
    keepLast,
    start: folded.starts[finding.start] ?? 0,
    end: folded.ends[finding.end - 1] ?? 0,
  }));
}

function sorted(one: readonly LeakFinding[], other: readonly LeakFinding[]): readonly LeakFinding[] {
  if (other.length === 0 && one.length < 2) return one;
  return [...one, ...other].toSorted((left, right) => left.start - right.start);
}

/** Those of the finds that stand where the route looks. */
function inScope(
  { names, fields, except }: Search,
  message: Message,
  finds: readonly LeakFinding[],
): readonly LeakFinding[] {
  if (names !== null) {
    const parts = message.parts();
    // The beginning of something says no name yet.
    const isNamed = parts !== null && parts.length > 0;
    if (isNamed && !parts.some(({ name }) => name !== null && names.has(name))) return [];
  }
  if (fields === null && except.length === 0) return finds;
  const places = new LeakPlaces(message.bytes());
  return finds.filter(({ start }) => {
    const path = places.pathAt(start);
    if (path === null) return true;
    if (fields !== null && !fields.some((field) => isAtOrBelow(path, field))) return false;
    return !except.some((field) => isAtOrBelow(path, field));
  });
}

/** How many a detector has found on one connection since its window began. */
interface Tally {
  since: number;
  count: number;
}

/** Counts finds on one connection: as many numbers as there are detectors, however much is found. */
class Tallies {
  readonly #tallies = new Map<LeakDetector, Tally>();

  /** Whether so many more reach the threshold. */
  reach(
    detector: LeakDetector,
    more: number,
    { threshold, now }: { threshold: LeakThreshold; now: number },
  ): boolean {
    const { count, within } = threshold;
    if (more >= count) return true;
    const tally = this.#tallies.get(detector) ?? { since: now, count: 0 };
    if (now - tally.since >= within) {
      tally.since = now;
      tally.count = 0;
    }
    tally.count += more;
    this.#tallies.set(detector, tally);
    return tally.count >= count;
  }
}

function countsOf(finds: readonly LeakFinding[]): ReadonlyMap<LeakDetector, number> {
  const counts = new Map<LeakDetector, number>();
  for (const { detector } of finds) counts.set(detector, (counts.get(detector) ?? 0) + 1);
  return counts;
}

/** What was found and where, and nothing of what it is: names of fields are shown with every value in them hidden. */
function describe(
  bytes: Uint8Array,
  finds: readonly LeakFinding[],
  acting: ReadonlyMap<LeakDetector, number>,
): string {
  const hidden = redact(
    bytes,
    finds.map(({ start, end }) => ({ start, end })),
    true,
  );
  const places = new LeakPlaces(hidden);
  const told = new Map<LeakDetector, string>();
  for (const { detector, start } of finds) {
    const count = acting.get(detector);
    if (count === undefined || told.has(detector)) continue;
    const path = places.pathAt(start);
    const place = path === null ? `byte ${start}` : quoted(path.map((step) => `/${step}`).join(""));
    told.set(detector, `${detector.id}: ${count}, first at ${place}`);
    if (told.size === MAX_NAMED) break;
  }
  const more = acting.size - told.size;
  const text = [...told.values()].join("; ");
  return more > 0 ? `${text}; and ${more} other detectors` : text;
}

function openConnection(search: Search): ConnectionGuard {
  const tallies = new Tallies();
  return {
    message(message, now): MessageVerdict {
      const bytes = message.bytes();
      const all = findAll(search, bytes);
      if (all.length === 0) return passForAll;
      const finds = inScope(search, message, all);
      const acting = new Map<LeakDetector, number>();
      for (const [detector, count] of countsOf(finds)) {
        const threshold = search.plans.get(detector)?.threshold ?? ONE;
        if (tallies.reach(detector, count, { threshold, now })) acting.set(detector, count);
      }
      if (acting.size === 0) return pass;
      return decide({ search, message, all, finds, acting });
    },
  };
}

interface Decision {
  readonly search: Search;
  readonly message: Message;
  readonly all: readonly LeakFinding[];
  readonly finds: readonly LeakFinding[];
  readonly acting: ReadonlyMap<LeakDetector, number>;
}

function decide({ search, message, all, finds, acting }: Decision): MessageVerdict {
  const bytes = message.bytes();
  const detail = describe(bytes, all, acting);
  const actionOf = (detector: LeakDetector): LeakAction => search.plans.get(detector)?.action ?? "report";
  const actions = new Set([...acting.keys()].map(actionOf));
  const found = Object.fromEntries([...acting].map(([{ id }, count]) => [id, count]));
  const denial = (code: Denial["code"]): Denial => ({ code, detail, found });
  // Not all of what is in it is known: it cannot be hidden.
  const isFull = actions.has("redact") && all.length >= MAX_FINDINGS;
  if (actions.has("close") || isFull) return { verdict: "close", ...denial("leak.closed") };
  if (!actions.has("redact")) return { verdict: "report", ...denial("leak.reported") };
  const hidden = finds.filter(({ detector }) => acting.has(detector) && actionOf(detector) === "redact");
  return {
    verdict: "replace",
    payload: redact(bytes, hidden, message.opcode === TEXT),
    ...denial("leak.redacted"),
  };
}

/**
 * Looks in messages from the application for what must not reach the client: cards, accounts, ids, keys, credentials, passwords,
 * addresses, stack traces and a team's own values. Records it, hides it, or closes the connection (1008). No value that was found
 * is told to anybody.
 */
export const leak: GuardDefinition<LeakOptions> = {
  name: "leak",
  phases: ["message"],
  stops:
    "Card numbers, national ids, keys, credentials, passwords and internals in messages from the application.",
  options: leakOptions,
  async create(chosen): Promise<Guard> {
    const search = await createSearch(chosen);
    return {
      name: "leak",
      mode: chosen.mode,
      reads: { outbound: search.names === null ? "bytes" : "json" },
      rewrites: { outbound: [...search.plans.values()].some(({ action }) => action === "redact") },
      open: () => openConnection(search),
      conceal: (content, isText) => {
        const finds = findAll(search, content);
        if (finds.length === 0) return content;
        return finds.length >= MAX_FINDINGS ? null : redact(content, finds, isText);
      },
    };
  },
};
