import type {
  ConnectionGuard,
  Guard,
  GuardDefinition,
  GuardServices,
  Identity,
  Message,
  MessageVerdict,
  Reads,
} from "../guards/guard.ts";
import { pass } from "../guards/guard.ts";
import { builtInGuards } from "../policy/built-in-guards.ts";
import { asMapping } from "../policy/raw-config.ts";
import { withIdentity } from "./policy-test-identity.ts";

/** What of a recorded message, and of the connection it came on, is known while guards are asked about it. */
export interface Known {
  /** `redacted`: what `leak` cut is not there. `none`: only how long it was. */
  content: "whole" | "redacted" | "none";
  /** Whether the record of the handshake was seen, so that it is known who sent it and what was asked for. */
  handshake: boolean;
  /** Whether the claims of who sent it are known: they are not recorded. */
  claims: boolean;
}

/** What recorded traffic is judged by, and what of the policy it cannot be judged by. */
export interface RecordedGuards {
  readonly definitions: readonly GuardDefinition<unknown>[];
  /** Sentences for whoever reads the result. They come while the policy is compiled. */
  readonly notes: ReadonlySet<string>;
}

/**
 * The built-in guards, as far as recorded traffic can be judged by them: callers are who the record says; a guard that needs what
 * was not recorded is not asked, since its answer would be a guess.
 *
 * @param given who the caller of a handshake is; `null`: nobody said so
 * @param hasClaims whether somebody gave the claims of callers, beside the journal
 */
export function recordedGuards(
  given: () => Identity | null,
  known: Known,
  hasClaims: boolean,
): RecordedGuards {
  const notes = new Set<string>();
  const definitions = builtInGuards.map((definition) => {
    switch (definition.name) {
      case "identity":
        return withIdentity(definition, given);
      case "messageToken":
        return absent(definition, (route) => {
          notes.add(`messageToken of ${route} is not asked: it needs the keys of the provider, of that time`);
        });
      case "permission":
        return hasClaims ? overClaims(definition, known) : withoutClaims(definition, notes, known);
      case "messageRate":
        return withRules(definition, notes, known);
      default:
        return overContent(definition, known);
    }
  });
  return { definitions, notes };
}

/** A guard that is never asked. */
function absent(
  definition: GuardDefinition<unknown>,
  tell: (route: string) => void,
): GuardDefinition<unknown> {
  return {
    ...definition,
    create(_options, { route }) {
      tell(route);
      return { name: definition.name, mode: "enforce" };
    },
  };
}

const CLAIMS = /\bclaims\b/;

function readsClaims(options: unknown): boolean {
  return CLAIMS.test(JSON.stringify(options) ?? "");
}

/** `permission` is not asked where a rule reads claims: without one rule, `otherwise` would decide what it speaks about. */
function withoutClaims(
  definition: GuardDefinition<unknown>,
  notes: Set<string>,
  known: Known,
): GuardDefinition<unknown> {
  const asked = overContent(definition, known);
  return {
    ...definition,
    async create(options, services) {
      if (!readsClaims(options)) return await asked.create(options, services);
      notes.add(
        `permission of ${services.route} is not asked: its rules read claims, which are not recorded (--claims FILE gives them)`,
      );
      // Rules that do not compile are a problem all the same.
      const { name, mode } = await definition.create(options, services);
      return { name, mode };
    },
  };
}

/** `permission`, which is not asked about callers whose claims nobody gave where a rule reads some. */
function overClaims(definition: GuardDefinition<unknown>, known: Known): GuardDefinition<unknown> {
  const asked = overContent(definition, known);
  return {
    ...definition,
    async create(options, services) {
      const guard = await asked.create(options, services);
      if (!readsClaims(options)) return guard;
      return {
        ...guard,
        admission: (handshake) => (known.claims && guard.admission?.(handshake)) || pass,
        readmit: (connection) => (known.claims && guard.readmit?.(connection)) || pass,
        ...(guard.open === undefined
          ? {}
          : { open: (facts, handle) => asking(guard.open?.(facts, handle) ?? {}, () => !known.claims) }),
      };
    },
  };
}

/** A guard that is not asked about what it would have to read and cannot. */
function overContent(definition: GuardDefinition<unknown>, known: Known): GuardDefinition<unknown> {
  return {
    ...definition,
    async create(options, services) {
      const guard = await definition.create(options, services);
      if (guard.open === undefined || !needsContent(guard)) return guard;
      const isBlind = blindness(guard, known);
      return {
        ...guard,
        open: (facts, handle) => asking(guard.open?.(facts, handle) ?? {}, isBlind),
      };
    },
  };
}

const UNREAD: ReadonlySet<Reads | undefined> = new Set([undefined, "nothing", "size"]);

function needsContent({ name, reads }: Guard): boolean {
  return name === "permission" || !UNREAD.has(reads?.inbound) || !UNREAD.has(reads?.outbound);
}

function blindness({ name, reads }: Guard, known: Known): (message: Message) => boolean {
  return ({ direction }) => {
    // Rules about messages may ask who sends them.
    if (name === "permission" && !known.handshake) return true;
    if (name === "leak" && known.content === "redacted") return true;
    return known.content === "none" && !UNREAD.has(reads?.[direction]);
  };
}

function asking(connection: ConnectionGuard, isBlind: (message: Message) => boolean): ConnectionGuard {
  return delegate([connection], (message, now) =>
    isBlind(message) ? pass : (connection.message?.(message, now) ?? pass),
  );
}

/**
 * `messageRate`, whose rules are asked about messages that can be read: one that cannot counts for every rule at a gate, since who
 * sends it wants that, and here nobody does. Such messages have buckets of their own.
 */
function withRules(
  definition: GuardDefinition<unknown>,
  notes: Set<string>,
  known: Known,
): GuardDefinition<unknown> {
  return {
    ...definition,
    async create(options, services) {
      const { rules, told } = rulesWithoutClaims(options, services);
      if (told !== null) notes.add(told);
      const guard = await definition.create({ ...asMapping(options), rules }, services);
      if (rules.length === 0) return guard;
      const unread = await definition.create({ ...asMapping(options), rules: [] }, services);
      return {
        ...guard,
        open(facts, handle) {
          const [read, blind] = [guard.open?.(facts, handle) ?? {}, unread.open?.(facts, handle) ?? {}];
          return delegate([read, blind], (message, now) => {
            const one = known.content === "none" ? blind : read;
            return one.message?.(message, now) ?? pass;
          });
        },
      };
    },
  };
}

function rulesWithoutClaims(
  options: unknown,
  { route }: Pick<GuardServices, "route">,
): { readonly rules: readonly unknown[]; readonly told: string | null } {
  const written = asMapping(options)?.["rules"];
  const all: readonly unknown[] = Array.isArray(written) ? written : [];
  const rules = all.filter((rule) => !readsClaims(rule));
  const told = `rules of messageRate of ${route} that read claims are not asked: those are not recorded`;
  return { rules, told: rules.length === all.length ? null : told };
}

/** One guard's part that is made of several; the first one's timer is theirs. */
function delegate(
  parts: readonly ConnectionGuard[],
  message: (message: Message, now: number) => MessageVerdict,
): ConnectionGuard {
  const tick = parts[0]?.tick?.bind(parts[0]);
  return {
    message,
    ...(tick !== undefined && { tick }),
    heard: (now) => parts.forEach((part) => part.heard?.(now)),
    refreshed: (refresh) => parts.forEach((part) => part.refreshed?.(refresh)),
    end: () => parts.forEach((part) => part.end?.()),
  };
}
