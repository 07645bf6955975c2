import type { Server } from "node:http";
import { randomUUID } from "node:crypto";
import { z } from "zod";
import type { Emit } from "../../events.ts";
import { traceOf } from "../../problem-of.ts";
import type { AdminGate } from "../admin/admin-gate.ts";
import { mayAct, type AdminCaller } from "../admin/admin-tokens.ts";
import type { Connection } from "../connection.ts";
import { listen, type ListenServer } from "../listen.ts";
import type { DashboardSession, DashboardSessions } from "./dashboard-sessions.ts";
import { warningsOf } from "../gate-warnings.ts";
import { livePolicy } from "./live-policy.ts";
import type { LiveMessage, LiveRequest, LiveTopic } from "./live-message.ts";
import { LiveSampler, SAMPLE_MS } from "./live-sampler.ts";
import { topicRoles } from "./live-topics.ts";
import { SessionWatch } from "./session-watch.ts";
import { ToldHistory } from "./told-history.ts";

/** What the dashboard's socket is made of. */
export interface LiveServerOptions {
  /** The admin address, which listens. */
  readonly server: Server;
  /** Its own URL, as this process calls it. */
  readonly ownUrl: string;
  /** Of the dashboard's page. */
  readonly origins: readonly string[];
  readonly sessions: DashboardSessions;
  readonly gate: Pick<AdminGate, "live" | "policy" | "problems" | "watch" | "engine" | "listSessions">;
  /** Of the package. */
  readonly version: string;
  readonly emit: Emit;
  /** Monotonic milliseconds. */
  readonly now: () => number;
}

/** The dashboard's socket, open. */
export interface LiveServer {
  /** Ends the sockets of a session: `ended` for good; `role`: they may come back, and see what they now may. */
  leave(session: DashboardSession, why: "ended" | "role"): void;
  close(): Promise<void>;
}

const request: z.ZodType<LiveRequest> = z.strictObject({
  type: z.literal("subscribe"),
  topics: z.array(z.enum(["samples", "events"])).max(2),
  session: z
    .string()
    .regex(/^[\w-]{1,128}$/)
    .optional(),
});

/** A session that is over (as `session.killed`), and one that is another now: come back. */
const CLOSES = { ended: 4540, role: 1012 } as const;
const NOT_UNDERSTOOD = 1008;
/** As `permission.connect`. */
const FORBIDDEN = 4503;
/** The gate ends: so do these, at once. */
const CLOSE = { batch: 100, pauseMs: 0, withinMs: 1000 };

/**
 * Serves `GET /dashboard/live` on the admin address by our own `listen`, with our own guards. While no page is connected a sample is taken every
 * ten seconds, and that is all. What the guards of this socket refuse is told as events like all refusals; who comes and goes is not.
 */
export async function openLiveServer(options: LiveServerOptions): Promise<LiveServer> {
  const { server, ownUrl, origins, emit } = options;
  const live = new Live(options);
  const host = await listen(livePolicy(origins, ownUrl), live, {
    server,
    // Nothing but ours is spoken here.
    upgrade: () => ({ state: undefined, subprotocol: null }),
    onEvent: (event) => {
      if (event.type !== "open" && event.type !== "closed") emit(event);
    },
  });
  live.begin(host);
  return {
    leave: (session, why) => live.leave(session, why),
    async close() {
      live.end();
      await host.close(CLOSE);
    },
  };
}

/** What happens on the sockets, and what all of them are told. */
class Live {
  readonly #options: LiveServerOptions;
  readonly #run = randomUUID();
  readonly #bySession = new Map<string, Set<Connection>>();
  readonly #sampler: LiveSampler;
  readonly #history: ToldHistory;
  readonly #watch: SessionWatch;
  #host: ListenServer | null = null;
  #stopEvents: (() => void) | null = null;
  #problems = "";
  #policyVersion: string | null = null;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: LiveServerOptions) {
    this.#options = options;
    const { gate, now, emit } = options;
    this.#sampler = new LiveSampler({
      totals: () => gate.live.totals(),
      now,
      wallNow: () => Date.now(),
      take: (sample) => this.#publish("samples", { type: "sample", ...sample }),
      failed: (error) => emit(failure("the gate could not be counted", error)),
    });
    this.#history = new ToldHistory(() => this.#sampler.history);
    this.#watch = new SessionWatch({
      gate,
      failed: (error) => emit(failure("a connection could not be looked at", error)),
    });
  }

  begin(host: ListenServer): void {
    this.#host = host;
    void this.#sampler.look();
  }

  end(): void {
    this.#sampler.close();
    this.#watch.close();
    this.#stopEvents?.();
    clearInterval(this.#timer);
  }

  leave({ key }: DashboardSession, why: "ended" | "role"): void {
    for (const connection of this.#bySession.get(key) ?? [])
      connection.close(CLOSES[why], why === "ended" ? "signed out" : "another role");
  }

  async open(connection: Connection): Promise<void> {
    const key = keyOf(connection);
    // It may have ended while the guards were asked.
    if (this.#options.sessions.use(key) === null) return connection.close(CLOSES.ended, "signed out");
    const open = this.#bySession.get(key) ?? new Set();
    this.#bySession.set(key, open.add(connection));
    connection.subscribe("all");
    this.#timer ??= setInterval(() => this.#eachSecond(), SAMPLE_MS).unref();
    tell(connection, this.#hello());
    await this.#tellProblems((text) => void connection.send(text));
  }

  message(connection: Connection, data: string | Buffer): void {
    const asked = request.safeParse(jsonOf(data));
    if (!asked.success) return connection.close(NOT_UNDERSTOOD, "not understood");
    const { topics, session } = asked.data;
    const caller = this.#options.sessions.use(keyOf(connection))?.caller;
    if (caller === undefined) return connection.close(CLOSES.ended, "signed out");
    const wanted = [...topics, ...(session === undefined ? [] : ["session" as const])];
    if (!wanted.every((topic) => mayAct(caller.role, topicRoles[topic])))
      return connection.close(FORBIDDEN, "not for this role");
    const before = new Set(connection.topics);
    for (const topic of ["samples", "events"] as const)
      if (!topics.includes(topic)) connection.unsubscribe(topic);
    if (topics.includes("samples") && !before.has("samples")) this.#history.tell(connection);
    for (const topic of topics) connection.subscribe(topic);
    this.#followTopics();
    if (session === undefined) this.#watch.leave(connection);
    else if (session !== this.#watch.watchedBy(connection))
      void this.#watchSession(connection, session, caller);
  }

  /** Recorded once, as a call that shows it; then it is told each second. */
  async #watchSession(connection: Connection, id: string, { name, role }: AdminCaller): Promise<void> {
    const isOpen = await this.#watch.watch(connection, id);
    this.#options.emit({
      type: "admin",
      name,
      role,
      address: connection.remoteAddress,
      method: "GET",
      path: `/sessions/${id}`,
      status: isOpen ? 200 : 404,
      detail: isOpen ? "watched from now on" : "no such session is open",
    });
  }

  close(connection: Connection): void {
    const key = keyOf(connection);
    const open = this.#bySession.get(key);
    open?.delete(connection);
    if (open?.size === 0) this.#bySession.delete(key);
    this.#watch.leave(connection);
    this.#followTopics();
    if (this.#bySession.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** Samples and events are made for who has asked for them. */
  #followTopics(): void {
    const isWanted = (topic: LiveTopic): boolean => (this.#host?.subscribers(topic) ?? 0) > 0;
    this.#sampler.setLooked(isWanted("samples"));
    if (!isWanted("events")) {
      this.#stopEvents?.();
      this.#stopEvents = null;
    } else
      this.#stopEvents ??= this.#options.gate.live.lookAtEvents((batch) =>
        this.#publish("events", { type: "events", ...batch }),
      );
  }

  #hello(): LiveMessage {
    const { version, gate } = this.#options;
    this.#policyVersion = gate.policy()?.version ?? null;
    const { policyVersion } = { policyVersion: this.#policyVersion };
    const [node, now] = [gate.engine()?.name ?? null, Date.now()];
    return { type: "hello", version, gate: this.#run, node, policyVersion, now, intervalMs: SAMPLE_MS };
  }

  /** A session that is over, or worth less, loses its sockets though nobody uses it. */
  #eachSecond(): void {
    this.#options.sessions.review([...this.#bySession.keys()]);
    void this.#lookAtProblems();
  }

  /** Tells of problems that have changed, and of another policy. */
  async #lookAtProblems(): Promise<void> {
    const before = [this.#problems, this.#policyVersion] as const;
    await this.#tellProblems((text) => {
      if (text !== before[0]) this.#host?.publish("all", text);
    });
    const version = this.#options.gate.policy()?.version ?? null;
    if (version !== before[1]) this.#publish("all", this.#hello());
  }

  async #tellProblems(send: (text: string) => void): Promise<void> {
    const { gate, emit } = this.#options;
    try {
      const reload = gate.live.reloadProblem();
      const problems = [
        ...(await gate.problems()),
        ...warningsOf(gate),
        ...(reload === null ? [] : [`the configuration that was read last is not in force: ${reload}`]),
      ];
      const text = JSON.stringify({ type: "problems", problems } satisfies LiveMessage);
      send(text);
      this.#problems = text;
    } catch (error) {
      emit(failure("the gate could not be asked for problems", error));
    }
  }

  #publish(topic: string, message: LiveMessage): void {
    this.#host?.publish(topic, JSON.stringify(message));
  }
}

function tell(connection: Connection, message: LiveMessage): void {
  void connection.send(JSON.stringify(message));
}

function keyOf(connection: Connection): string {
  return String(connection.identity.claims["session"]);
}

function jsonOf(data: string | Buffer): unknown {
  try {
    return JSON.parse(String(data)) as unknown;
  } catch {
    return null;
  }
}

function failure(message: string, error: unknown): Parameters<Emit>[0] {
  const detail = traceOf(error);
  return { type: "gate", level: "error", message, detail };
}
