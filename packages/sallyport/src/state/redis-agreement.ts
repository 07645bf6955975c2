import type { GateEvent } from "../events.ts";
import { REDIS_FORMAT, type RedisConnection } from "./redis-connection.ts";
import { NODES_TAG, type RedisNodes } from "./redis-nodes.ts";
import { ENGINE_CLOCK, redisScript } from "./redis-script.ts";
import {
  describeDisagreement,
  findDisagreements,
  formatDisagreement,
  type Disagreement,
  type DisagreementAbout,
} from "./node-terms.ts";

/** What is needed to know whether nodes agree. */
export interface AgreementOptions {
  readonly connection: Pick<RedisConnection, "run" | "key" | "about">;
  readonly nodes: Pick<RedisNodes, "alive" | "own">;
  /** Where the engine is, without any secret. */
  readonly shown: string;
  readonly emit: (event: GateEvent) => void;
  /** How often it is looked, milliseconds. Default: 5,000. */
  readonly lookMs?: number | undefined;
}

/** Whether the nodes of a gate have alike what they must. */
export interface Agreement {
  /** Where they do not; as last seen. */
  list(): readonly Disagreement[];
  /** Looks now. Never rejects. */
  look(): Promise<void>;
}

const LOOK_MS = 5000;
/** So many formats that are newer than ours are looked for, beside all that are older. */
const NEWER = 3;
/** What ends the work of nodes for each other is an alert; what differs while nodes are upgraded or reloaded, one after the other, is not. */
const LEVELS: Readonly<Record<DisagreementAbout, "error" | "warn">> = {
  key: "error",
  lease: "error",
  limits: "warn",
  format: "warn",
};
const FORMATS: readonly number[] = Array.from(
  { length: REDIS_FORMAT + NEWER },
  (_, index) => index + 1,
).filter((format) => format !== REDIS_FORMAT);

/** KEYS: who is alive, by nodes of other formats. Answers how many each has. */
const countNodes = redisScript(
  "countNodes",
  `${ENGINE_CLOCK}
local counts = {}
for i, key in ipairs(KEYS) do
  local count = redis.pcall('ZCOUNT', key, '(' .. string.format('%.0f', now), '+inf')
  counts[i] = type(count) == 'number' and count or 0
end
return counts`,
);

/** Looks again and again whether nodes agree, and tells when that changes. Nothing is refused for it. */
export function watchAgreement(options: AgreementOptions): Agreement {
  const { connection, nodes, lookMs = LOOK_MS } = options;
  const tell = tellChanges(options);
  let found: readonly Disagreement[] = [];
  const look = async (): Promise<void> => {
    try {
      const others = await countOtherFormats(connection);
      const own = nodes.own;
      const differing =
        own.terms === null
          ? []
          : findDisagreements(
              own.terms,
              nodes.alive.filter(({ node }) => node !== own.node),
            );
      found = [...differing, ...formatDisagreement(REDIS_FORMAT, others)];
      tell(found);
    } catch {
      // Told by the connection's status; what was found last stays until it is known better.
    }
  };
  connection.about(lookMs, look);
  return { list: () => found, look };
}

/** How many nodes are alive that write another format. Rejects when the engine cannot be asked. */
export async function countOtherFormats(
  connection: Pick<RedisConnection, "run" | "key">,
): Promise<ReadonlyMap<number, number>> {
  const own = connection.key(NODES_TAG, "alive");
  const end = `:${REDIS_FORMAT}:{${NODES_TAG}}:alive`;
  const prefix = own.slice(0, -end.length);
  const keys = FORMATS.map((format) => `${prefix}:${format}:{${NODES_TAG}}:alive`);
  const answer = await connection.run(countNodes, keys, []);
  const counts = Array.isArray(answer) ? answer.map(Number) : [];
  return new Map(
    FORMATS.flatMap((format, index) => {
      const count = counts[index] ?? 0;
      return count > 0 ? [[format, count] as const] : [];
    }),
  );
}

/** Tells of each thing when nodes begin to differ in it, and when they no longer do: whoever plants nodes may plant others each second. */
function tellChanges({ shown, emit }: AgreementOptions): (found: readonly Disagreement[]) => void {
  let before = new Set<DisagreementAbout>();
  return (found) => {
    const now = new Set(found.map(({ about }) => about));
    for (const about of now) {
      if (before.has(about)) continue;
      const texts = found.filter((one) => one.about === about).map(describeDisagreement);
      const more = texts.length > 1 ? ` (and ${texts.length - 1} more)` : "";
      const detail = `${shown}: ${texts[0] ?? ""}${more}`;
      emit({ type: "gate", level: LEVELS[about], message: "nodes do not agree", detail });
    }
    for (const about of before)
      if (!now.has(about))
        emit({ type: "gate", level: "info", message: "nodes agree again", detail: `${shown}: ${about}` });
    before = now;
  };
}
