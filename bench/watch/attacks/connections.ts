import { type AttackKind, doses, ladder, type Staging, unblamed } from "../attack.ts";
import { HOUR, MINUTE, SECOND } from "../calendar.ts";
import { personHabit, steadyHabit } from "../habits.ts";
import { spread } from "../often.ts";
import { hiredAddress, peopleAddress } from "../places.ts";
import { type Connected, type Pace, type SimulatedSession, openSession } from "../simulated-session.ts";
import { OWN_ORIGIN } from "../world.ts";

const SHARING = ["tokenSharing"] as const;
const TRAFFIC = ["trafficAnomaly"] as const;
const FUZZING = ["fuzzing"] as const;
const NAMES = ["newName"] as const;

/** An account of the attacker's own. */
function account(
  { label, random }: Staging,
  rest: Pick<Connected, "habit" | "lastsMs"> & { readonly route?: string },
): Connected {
  const user = `mallory-${label.kind.replaceAll(/\W+/g, "-")}-${label.from}`;
  const address = hiredAddress(random);
  label.users.add(user);
  label.addresses.add(address);
  return { user, address, route: "/chat", fingerprint: user, returns: false, ...rest };
}

/** Opens a connection of an attack's. */
function openFor({ world, random, label }: Staging, of: Connected): SimulatedSession {
  const session = openSession(world, of, { random });
  label.sessions.add(session.identity.session);
  return session;
}

/** One credential at work in `count` places at once; the first is whose it is. */
function share(staging: Staging): void {
  const { world, random, label, dose } = staging;
  const user = `owner-${label.from}-${dose.count}`;
  label.users.add(user);
  for (let place = 0; place < dose.count; place += 1) {
    const address = place === 0 ? peopleAddress(random) : hiredAddress(random);
    label.addresses.add(address);
    // Who uses a stolen token uses it, and its owner is at work: no long silence on either side.
    const own = { factor: 12, outboundFactor: 1 };
    const habit =
      place === 0
        ? personHabit("chat", own)
        : steadyHabit({ perSecond: 0.15, bytes: 200 }, { perSecond: 0.6, bytes: 380 });
    const lateMs = place === 0 ? 0 : random.between(0.01, 0.1) * dose.lastsMs;
    world.agenda.once(label.from + lateMs, () => {
      openFor(staging, {
        user,
        address,
        route: "/chat",
        fingerprint: user,
        habit,
        lastsMs: dose.lastsMs - lateMs,
      });
    });
  }
}

/** The lone guest of somebody's account, for so many minutes. */
function shareBriefly(staging: Staging): void {
  share({ ...staging, dose: { ...staging.dose, count: 2 } });
}

/** A steady pace for as long as it lasts. `count` of the dose: messages a minute. */
function pace(route: string, bytes: number): AttackKind["stage"] {
  return (staging) => {
    const { world, label, dose } = staging;
    world.agenda.once(label.from, () => {
      const inbound: Pace = { perSecond: dose.count / 60, bytes };
      openFor(
        staging,
        account(staging, {
          route,
          habit: steadyHabit(inbound, { perSecond: 0.5, bytes: 380 }),
          lastsMs: dose.lastsMs,
        }),
      );
    });
  };
}

/** Messages of `count` bytes, ten a minute. */
function swell(staging: Staging): void {
  const { world, label, dose } = staging;
  world.agenda.once(label.from, () => {
    const inbound: Pace = { perSecond: 1 / 6, bytes: dose.count };
    openFor(
      staging,
      account(staging, {
        habit: steadyHabit(inbound, { perSecond: 0.5, bytes: 380 }),
        lastsMs: dose.lastsMs,
      }),
    );
  });
}

/** Breaks something with each message: closed each time, back each time. */
function fuzz(...codes: readonly Parameters<SimulatedSession["decide"]>[0][]): AttackKind["stage"] {
  return (staging) => {
    const { world, random, label, dose } = staging;
    const habit = steadyHabit({ perSecond: 1, bytes: 300 }, { perSecond: 0.2, bytes: 300 });
    const of = account(staging, { habit, lastsMs: HOUR });
    spread(world, { random, from: label.from, lastsMs: dose.lastsMs, count: dose.count }, () => {
      const session = openFor(staging, of);
      world.agenda.once(world.now + random.between(20, 200), () => {
        session.closeFor(random.pick(codes));
      });
    });
  };
}

/** The same in one connection, where guards only observe. */
function fuzzObserved(staging: Staging): void {
  const { world, random, label, dose } = staging;
  const habit = steadyHabit({ perSecond: 0.2, bytes: 300 }, { perSecond: 0.2, bytes: 300 });
  world.agenda.once(label.from, (now) => {
    const session = openFor(staging, account(staging, { habit, lastsMs: dose.lastsMs + 5 * SECOND }));
    spread(world, { random, from: now, lastsMs: dose.lastsMs, count: dose.count }, () => {
      session.decide(
        random.pick(["messageSchema.mismatch", "messageSchema.unlisted", "threat.signature"] as const),
        "observe",
      );
    });
  });
}

/** Says what no client says. */
function tryNames(staging: Staging): void {
  const { world, random, label, dose } = staging;
  const habit = steadyHabit({ perSecond: 0.3, bytes: 120 }, { perSecond: 0.5, bytes: 380 });
  world.agenda.once(label.from, (now) => {
    const session = openFor(staging, account(staging, { habit, lastsMs: dose.lastsMs + 5 * SECOND }));
    spread(world, { random, from: now, lastsMs: dose.lastsMs, count: dose.count }, (index) => {
      world.name(session, "inbound", `admin.${label.from.toString(36)}.${index}`);
    });
  });
}

/**
 * A peer that no proxy of ours is says `X-Forwarded-For: VICTIM` with each guess. The gate believes no such header, so that its
 * events name the peer; the victim is connected all the while, and a finding about it is false.
 */
function forge(staging: Staging): void {
  const { world, random, label, dose } = staging;
  const attacker = hiredAddress(random);
  label.addresses.add(attacker);
  const victim: Connected = {
    user: `forged-${label.from}`,
    address: peopleAddress(random),
    route: "/chat",
    fingerprint: `forged-${label.from}`,
    habit: personHabit("chat", { factor: 1, outboundFactor: 1 }),
    lastsMs: dose.lastsMs,
  };
  world.agenda.once(label.from, () => void openSession(world, victim, { random: random.fork("victim") }));
  spread(world, { random, from: label.from, lastsMs: dose.lastsMs, count: dose.count }, () => {
    world.refuse({ code: "identity.invalid", address: attacker, route: "/chat", origin: OWN_ORIGIN });
  });
}

const of = (
  kind: string,
  detectors: readonly string[],
  rest: Pick<AttackKind, "doses" | "stage" | "unit"> & Partial<AttackKind>,
): AttackKind => ({
  kind,
  detectors,
  pastDays: 1,
  ...rest,
});

const perMinute = "messages a minute";
const tries = doses([300, 5 * MINUTE], [40, 20 * MINUTE], [12, 4 * HOUR]);

/** Attacks by those who were admitted. */
export const connectionAttacks: readonly AttackKind[] = [
  of("one token, many places", SHARING, {
    unit: "places at once",
    doses: doses([40, HOUR], [6, HOUR], [3, 20 * MINUTE]),
    stage: share,
  }),
  of("one token, two places", SHARING, {
    unit: "places at once",
    doses: doses([2, 3 * HOUR], [2, 30 * MINUTE], [2, 3 * MINUTE]),
    stage: shareBriefly,
  }),
  of("message flood in chat", TRAFFIC, {
    unit: perMinute,
    doses: doses([9000, 10 * MINUTE], [1200, 20 * MINUTE], [90, HOUR]),
    stage: pace("/chat", 200),
  }),
  of("message flood in a game", TRAFFIC, {
    unit: perMinute,
    doses: doses([11_400, 10 * MINUTE], [4500, 20 * MINUTE], [1800, HOUR]),
    stage: pace("/game", 44),
  }),
  of("order flood in trading", TRAFFIC, {
    unit: perMinute,
    doses: doses([11_400, 10 * MINUTE], [6000, 30 * MINUTE], [600, HOUR]),
    stage: pace("/trading", 240),
  }),
  of("large messages in chat", TRAFFIC, {
    unit: "bytes a message",
    doses: doses([60_000, 20 * MINUTE], [16_000, 30 * MINUTE], [2000, HOUR]),
    stage: swell,
  }),
  of("bot that never tires", TRAFFIC, {
    unit: perMinute,
    doses: unblamed(doses([120, 12 * HOUR], [30, 12 * HOUR], [6, 12 * HOUR]), { blatant: true }),
    stage: pace("/chat", 200),
  }),
  of("ladder: message flood in chat", TRAFFIC, {
    unit: perMinute,
    times: 1,
    doses: ladder(15, 10 * MINUTE, 10),
    stage: pace("/chat", 200),
  }),
  of("ladder: large messages in chat", TRAFFIC, {
    unit: "bytes a message",
    times: 1,
    doses: ladder(500, 20 * MINUTE, 8),
    stage: swell,
  }),
  of("schema fuzzing", FUZZING, {
    unit: "violations",
    doses: tries,
    stage: fuzz("messageSchema.mismatch", "messageSchema.unlisted"),
  }),
  of("protocol fuzzing", FUZZING, {
    unit: "violations",
    doses: tries,
    stage: fuzz(
      "protocol.reserved-bit",
      "protocol.reserved-opcode",
      "protocol.close-code",
      "protocol.invalid-utf8",
    ),
  }),
  of("injection probing", FUZZING, {
    unit: "violations",
    doses: tries,
    stage: fuzz("threat.signature", "threat.hygiene"),
  }),
  of("dialect fuzzing", FUZZING, {
    unit: "violations",
    doses: tries,
    stage: fuzz("dialect.syntax", "dialect.unknown"),
  }),
  of("fuzzing where guards observe", FUZZING, { unit: "violations", doses: tries, stage: fuzzObserved }),
  of("ladder: schema fuzzing", FUZZING, {
    unit: "violations",
    times: 1,
    doses: ladder(2, 20 * MINUTE, 8),
    stage: fuzz("messageSchema.mismatch"),
  }),
  of("unknown names", NAMES, {
    unit: "names",
    doses: doses([200, 10 * MINUTE], [20, 20 * MINUTE], [4, 2 * HOUR]),
    stage: tryNames,
  }),
  of("ladder: unknown names", NAMES, {
    unit: "names",
    times: 1,
    doses: ladder(1, 20 * MINUTE, 8),
    stage: tryNames,
  }),
  of("forged X-Forwarded-For", ["credentialStuffing"], {
    unit: "requests",
    doses: doses([600, 5 * MINUTE], [200, 20 * MINUTE], [60, 3 * HOUR]),
    stage: forge,
  }),
];
