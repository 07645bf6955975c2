import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { attacks } from "../bench/watch/attacks.ts";
import { learningAttack } from "../bench/watch/attacks/insiders.ts";
import { DAY, START } from "../bench/watch/calendar.ts";
import type { Label } from "../bench/watch/label.ts";
import { covers, judge, type ToldAt } from "../bench/watch/judge.ts";
import { createLabel } from "../bench/watch/label.ts";
import { schedule } from "../bench/watch/schedule.ts";
import { Random } from "../bench/watch/random.ts";
import { simulate } from "../bench/watch/simulate.ts";
import type { LaneCounts } from "../packages/sallyport/src/events.ts";
import type { WatchSignal } from "../packages/sallyport/src/watch/signal.ts";

const DETECTORS = [
  "handshakeScan",
  "credentialStuffing",
  "originProbe",
  "tokenSharing",
  "replay",
  "trafficAnomaly",
  "exfiltration",
  "fuzzing",
  "newName",
];

/** All but the flood, which is a million signals. */
const few = attacks.filter(({ kind }) => kind !== "a scan hidden in a flood");
const small = { seed: 1, days: 1, people: 150, attacks: few };

/** A digest over every signal and label of nine days of a few people, in which each kind of attack happens but those that take weeks. */
function digestOf(seed: number, days: number): string {
  const hash = createHash("sha256");
  let text = "";
  const labels = simulate({ seed, days, people: 10, attacks: few }, (signal, now) => {
    text += `${now} ${JSON.stringify(signal)}\n`;
    if (text.length < 100_000) return;
    hash.update(text);
    text = "";
  });
  hash.update(text);
  for (const { kind, loudness, mustFind, intensity, from, until, users, addresses } of labels)
    hash.update(
      JSON.stringify([kind, loudness, mustFind, intensity, from, until, [...users], [...addresses]]),
    );
  return hash.digest("hex");
}

const none: LaneCounts = { messages: 0, bytes: 0 };
const plus = (left: LaneCounts, right: LaneCounts): LaneCounts => ({
  messages: left.messages + right.messages,
  bytes: left.bytes + right.bytes,
});

/** What a run tells that the gate would not: out of time, about connections that are not open, sums that do not add up. */
function faultsOf(): { readonly faults: readonly string[]; readonly signals: number } {
  const open = new Map<string, { readonly inbound: LaneCounts; readonly outbound: LaneCounts }>();
  const faults: string[] = [];
  let last = START;
  let signals = 0;
  const look = (signal: WatchSignal): void => {
    if (!("session" in signal) || signal.session === null) return;
    const known = open.get(signal.session);
    if (signal.type === "open") return void open.set(signal.session, { inbound: none, outbound: none });
    if (known === undefined)
      return void faults.push(`${signal.type} about ${signal.session}, which is not open`);
    if (signal.type === "traffic")
      open.set(signal.session, {
        inbound: plus(known.inbound, signal.inbound),
        outbound: plus(known.outbound, signal.outbound),
      });
    if (signal.type !== "closed") return;
    open.delete(signal.session);
    if (JSON.stringify(known) !== JSON.stringify({ inbound: signal.inbound, outbound: signal.outbound }))
      faults.push(`the traffic of ${signal.session} is not what its end says`);
  };
  simulate(small, (signal, now) => {
    if (now < last || now >= START + DAY) faults.push(`${signal.type} at ${now} after ${last}`);
    last = now;
    signals += 1;
    look(signal);
  });
  return { faults, signals };
}

describe("simulate", () => {
  it("is frozen: every signal and label of a seed is what it was before a detector was tuned", () => {
    expect(digestOf(1, 9)).toBe("ae907e5935ebc48990e9631cb5dd8166a8a293bfdf1260cfeb291c0a6e63ef6d");
  });

  it("is another run with another seed", () => {
    expect(digestOf(1, 1)).toBe(digestOf(1, 1));
    expect(digestOf(2, 1)).not.toBe(digestOf(1, 1));
  });

  it("tells what a gate would tell: in order, of open connections, with traffic that adds up", () => {
    const { faults, signals } = faultsOf();
    expect(signals).toBeGreaterThan(50_000);
    expect(faults).toEqual([]);
  });
});

describe("attacks", () => {
  it("are there in three loudnesses for every detector, of which two must be found", () => {
    const missing = DETECTORS.flatMap((detector) => {
      const found = new Set(
        attacks
          .filter(({ detectors }) => detectors.includes(detector))
          .flatMap((attack) => attack.doses)
          .map(({ loudness, mustFind }) => `${loudness}${mustFind ? "" : "?"}`),
      );
      return ["blatant", "moderate", "stealthy?"]
        .filter((loudness) => !found.has(loudness))
        .map((loudness) => `${detector}: ${loudness}`);
    });
    expect(missing).toEqual([]);
  });

  it("name no detector that there is not", () => {
    const named = new Set([...attacks, learningAttack].flatMap(({ detectors }) => detectors));
    expect([...named].filter((name) => !DETECTORS.includes(name))).toEqual([]);
  });

  it("all happen within four weeks, those that are no ladder or evasion four times", () => {
    const scheduled = schedule(attacks, new Random("any"), 28);
    const counts = attacks.map((attack) => [
      attack.kind,
      scheduled.filter((one) => one.attack === attack).length,
    ]);
    expect(counts).toEqual(attacks.map(({ kind, doses, times = 4 }) => [kind, doses.length * times]));
    expect(scheduled.filter(({ label: { until } }) => until > START + 28 * DAY)).toEqual([]);
  });
});

const label = (rest: Partial<Label>): Label => ({
  ...createLabel({
    kind: "k",
    loudness: "blatant",
    detectors: ["d"],
    mustFind: true,
    intensity: 1,
    unit: "",
    from: START,
    until: START + 1000,
  }),
  ...rest,
});
const about = (kind: "address" | "user" | "session" | "route", value: string, detector = "d"): ToldAt => ({
  told: { subject: { kind, value }, sentence: "", measured: {}, detector },
  at: START + 500,
});

describe("judge", () => {
  it("takes a finding for right where its subject is a label's: an address, its subnet, its /64, a user, a session", () => {
    const one = label({
      addresses: new Set(["198.51.100.7", "2001:db8:1:2:3:4:5:6"]),
      users: new Set(["u"]),
      sessions: new Set(["s"]),
    });
    const right = [
      about("address", "198.51.100.7"),
      about("address", "198.51.100.7/32"),
      about("address", "198.51.100.0/24"),
      about("address", "2001:db8:1:2::/64"),
      about("user", "u"),
      about("session", "s"),
    ];
    const wrong = [
      about("address", "198.51.101.0/24"),
      about("address", "2001:db8:1:3::/64"),
      about("user", "v"),
      about("route", "/chat"),
    ];
    expect(right.filter((finding) => !covers(one, finding))).toEqual([]);
    expect(wrong.filter((finding) => covers(one, finding))).toEqual([]);
  });

  it("takes a finding about a route only from a detector that should tell of it", () => {
    const one = label({ routes: new Set(["/chat"]), networks: new Set(["250.0.0.0/8"]) });
    expect(covers(one, about("route", "/chat"))).toBe(true);
    expect(covers(one, about("route", "/chat", "other"))).toBe(false);
    expect(covers(one, about("address", "250.3.4.0/24"))).toBe(true);
    expect(covers(one, about("address", "251.3.4.0/24"))).toBe(false);
  });

  it("counts what is right, grey and wrong, and tells after how long each label was found", () => {
    const loud = label({ users: new Set(["u"]) });
    const missed = label({ users: new Set(["w"]) });
    const grey = label({ users: new Set(["g"]), grey: true });
    const late = { ...about("user", "u"), at: START + 2 * DAY };
    const judged = judge(
      [loud, missed, grey],
      [about("user", "u", "other"), about("user", "u"), about("user", "g"), late, about("user", "nobody")],
    );
    expect(judged.right).toBe(2);
    expect(judged.grey).toHaveLength(1);
    expect(judged.wrong).toEqual([late, about("user", "nobody")]);
    expect(judged.outcomes.map(({ foundAfter }) => foundAfter)).toEqual([500, null, 500]);
    expect([...(judged.outcomes[0]?.others ?? [])]).toEqual(["other"]);
  });
});
