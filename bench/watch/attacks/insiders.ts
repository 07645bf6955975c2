import { type AttackKind, doses, ladder, type Staging } from "../attack.ts";
import { DAY, dayOf, HOUR, MINUTE, momentOf, START } from "../calendar.ts";
import { personHabit, steadyHabit } from "../habits.ts";
import { spread } from "../often.ts";
import { hiredAddress } from "../places.ts";
import { type SimulatedSession, openSession } from "../simulated-session.ts";

const EXFILTRATION = ["exfiltration"] as const;
/** Nobody's plans go on for longer than a simulation. */
const MOST_DAYS = 400;
const WORKDAY = { begins: 8.5, lastsMs: 9 * HOUR } as const;

/** Somebody whose working days are known: how they are on each. */
interface Plan {
  /** How many times their usual is sent to them, from that moment on. */
  readonly factorAt: (now: number) => number;
  /** What else is done in a day's connection. */
  readonly onOpen?: (session: SimulatedSession, now: number) => void;
}

/** An employee who chats from morning to evening on each working day, from the first on. */
function employ({ world, places, random, label }: Staging, { factorAt, onOpen }: Plan): void {
  const user = `insider-${label.kind.replaceAll(/\W+/g, "-")}-${label.intensity}-${label.from}`;
  label.users.add(user);
  const place = places.desk("chat", random);
  const ways = { factor: 1, outboundFactor: 1 };
  const begins = (day: number): number => momentOf(day, WORKDAY.begins + random.between(-0.3, 0.3));
  world.agenda.add(begins(0), {
    step: (now) => {
      const day = dayOf(now);
      if (day % 7 < 5) {
        const habit = personHabit("chat", ways);
        const session = openSession(
          world,
          {
            user,
            address: place.address(now, random),
            route: "/chat",
            fingerprint: `${user} ${Math.floor(day / 14)}`,
            habit: (at, draw) => {
              ways.outboundFactor = factorAt(at);
              return habit(at, draw);
            },
            lastsMs: WORKDAY.lastsMs,
            returns: false,
          },
          { random },
        );
        onOpen?.(session, now);
      }
      return day > MOST_DAYS ? Infinity : begins(day + 1);
    },
  });
}

/** For the attack's time, `count` times the usual is taken. */
function take(staging: Staging): void {
  const { from, until } = staging.label;
  employ(staging, { factorAt: (now) => (now >= from && now < until ? staging.dose.count : 1) });
}

/** What is taken is read off the screen: `count` messages of a day have secrets in them. Before, one in a week or two. */
function takeSecrets(staging: Staging): void {
  const { world, random, label, dose } = staging;
  employ(staging, {
    factorAt: () => 1,
    onOpen: (session, now) => {
      const isAttack = dayOf(now) === dayOf(label.from);
      const count = isAttack ? dose.count : random.poisson(0.15);
      spread(
        world,
        { random, from: Math.max(now + MINUTE, isAttack ? label.from : 0), lastsMs: 7 * HOUR, count },
        () => {
          if (session.isOpen) session.decide("leak.reported", "report", "outbound");
        },
      );
    },
  });
}

/** Each day `count` percent more than the day before: whoever compares with yesterday sees nothing. */
function takeMoreAndMore(staging: Staging): void {
  const { label, dose } = staging;
  employ(staging, {
    factorAt: (now) => (now < label.from ? 1 : (1 + dose.count / 100) ** (dayOf(now) - dayOf(label.from))),
  });
}

/** Five accounts teach the route that machines are normal: each day thirty percent faster, from `count` messages a minute on. */
function poisonSlowly({ world, random, label, dose }: Staging): void {
  for (let index = 0; index < 5; index += 1) {
    const user = `poisoner-${index}-${label.from}`;
    const address = hiredAddress(random);
    label.users.add(user);
    label.addresses.add(address);
    for (let day = dayOf(label.from); day <= dayOf(label.until); day += 1) {
      const perSecond = (dose.count * 1.3 ** (day - dayOf(label.from))) / 60;
      const habit = steadyHabit(
        { perSecond: Math.min(150, perSecond), bytes: 200 },
        { perSecond: 0.5, bytes: 380 },
      );
      world.agenda.once(momentOf(day, 9 + index / 10), () => {
        const session = openSession(
          world,
          { user, address, route: "/chat", fingerprint: user, habit, lastsMs: 8 * HOUR, returns: false },
          { random },
        );
        label.sessions.add(session.identity.session);
      });
    }
  }
}

/**
 * While the route is learnt, at night, more machines than people send; once it is learnt one of them floods. Of a run of its own, since it
 * decides what the rest of a run is compared with.
 */
function poisonLearning({ world, random, label, dose }: Staging): void {
  const machine = (user: string, lastsMs: number): void => {
    label.users.add(user);
    const address = hiredAddress(random);
    label.addresses.add(address);
    const habit = steadyHabit({ perSecond: dose.count / 60, bytes: 200 }, { perSecond: 0.5, bytes: 380 });
    openSession(
      world,
      { user, address, route: "/chat", fingerprint: user, habit, lastsMs, returns: false },
      { random },
    );
  };
  for (let index = 0; index < 60; index += 1)
    world.agenda.once(START + random.between(0, 5) * MINUTE, () => machine(`teacher-${index}`, 2 * HOUR));
  world.agenda.once(label.from, () => machine(`pupil-${label.from}`, dose.lastsMs));
}

const WORKING_WEEK = 4 * DAY + 8 * HOUR;

/** Those who take what they may see. */
export const insiderAttacks: readonly AttackKind[] = [
  {
    kind: "exfiltration within a day",
    detectors: EXFILTRATION,
    unit: "times the usual",
    pastDays: 7,
    hour: 9,
    doses: doses([100, 8 * HOUR], [20, 8 * HOUR], [4, 8 * HOUR]),
    stage: take,
  },
  {
    kind: "exfiltration over a week",
    detectors: EXFILTRATION,
    unit: "times the usual",
    pastDays: 7,
    hour: 9,
    weekday: 0,
    doses: doses([40, WORKING_WEEK], [10, WORKING_WEEK], [2, WORKING_WEEK]),
    stage: take,
  },
  {
    kind: "secrets read in a day",
    detectors: EXFILTRATION,
    unit: "leak reports",
    pastDays: 7,
    hour: 9,
    doses: doses([300, 8 * HOUR], [40, 8 * HOUR], [6, 8 * HOUR]),
    stage: takeSecrets,
  },
  {
    kind: "ladder: exfiltration within a day",
    detectors: EXFILTRATION,
    unit: "times the usual",
    pastDays: 7,
    hour: 9,
    times: 1,
    doses: ladder(2, 8 * HOUR, 8),
    stage: take,
  },
  {
    kind: "ladder: secrets read in a day",
    detectors: EXFILTRATION,
    unit: "leak reports",
    pastDays: 7,
    hour: 9,
    times: 1,
    doses: ladder(2, 8 * HOUR, 8),
    stage: takeSecrets,
  },
  {
    kind: "exfiltration that grows slowly",
    detectors: EXFILTRATION,
    unit: "percent more each day",
    pastDays: 5,
    hour: 9,
    times: 1,
    doses: [{ loudness: "stealthy", mustFind: false, count: 18, lastsMs: 20 * DAY }],
    stage: takeMoreAndMore,
  },
  {
    kind: "poisoning after learning",
    detectors: ["trafficAnomaly"],
    unit: "messages a minute at first",
    pastDays: 2,
    hour: 9,
    times: 1,
    doses: [{ loudness: "moderate", mustFind: true, count: 6, lastsMs: 20 * DAY }],
    stage: poisonSlowly,
  },
];

/** Staged by itself: see there. */
export const learningAttack: AttackKind = {
  kind: "poisoning while it learns",
  detectors: ["trafficAnomaly"],
  unit: "messages a minute",
  pastDays: 0,
  hour: 14,
  times: 1,
  doses: [{ loudness: "blatant", mustFind: true, count: 1800, lastsMs: 30 * MINUTE }],
  stage: poisonLearning,
};
