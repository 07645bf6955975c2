import type { Actor } from "./agenda.ts";
import { admit } from "./admit.ts";
import { hourOf, HOUR, isWeekend, MINUTE } from "./calendar.ts";
import { personHabit, programHabit, type Ways } from "./habits.ts";
import { life, ROUTES, type RouteName } from "./life.ts";
import { carrier, dualStackHome, home, ipv6Carrier, office, type Place } from "./places.ts";
import type { Random } from "./random.ts";
import type { Connected, Habit, Mishap, SimulatedSession } from "./simulated-session.ts";
import type { World } from "./world.ts";

/** Somebody, as the simulation knows them. */
interface Traits {
  readonly user: string | null;
  readonly name: string;
  readonly route: RouteName;
  readonly place: Place;
  /** Where they are when on the move. */
  readonly phone: Place;
  readonly ways: Ways;
  readonly isProgram: boolean;
  readonly mishaps: readonly Mishap[];
}

const report = (perHour: number): Mishap => ({
  code: "leak.reported",
  verdict: "report",
  direction: "outbound",
  perHour,
});
const closing = (code: Mishap["code"], perHour: number): Mishap => ({
  code,
  verdict: "close",
  direction: "inbound",
  perHour,
});

/** What guards decide now and then about people of a route. */
export function mishapsOf(route: RouteName, random: Random): readonly Mishap[] {
  const {
    leakPerHour,
    supportShare,
    supportLeakPerHour,
    threatPerHour,
    otherPerHour,
    brokenProxyPerHour,
    slowPhonePerHour,
    expiredPerHour,
  } = life.mishaps;
  const others = random.pick([
    "messageSize.bytes",
    "messageRate.messages",
    "permission.message",
    "dialect.syntax",
  ] as const);
  const all = [closing(others, otherPerHour), closing("expiry.token", expiredPerHour)];
  if (random.chance(0.01)) all.push(closing("protocol.invalid-utf8", brokenProxyPerHour));
  if (route === "chat") {
    all.push(
      report(random.chance(supportShare) ? supportLeakPerHour : leakPerHour),
      closing("threat.signature", threatPerHour),
    );
  }
  if (route === "trading")
    all.push({
      code: "slowConsumer.bytes",
      verdict: "close",
      direction: "outbound",
      perHour: slowPhonePerHour,
    });
  return all;
}

/** The server beside one of IPv4; of IPv6 the same /64. */
function neighbour(address: string): string {
  return address.replace(/[^.:]+$/, (last) =>
    address.includes(":") ? "beef" : String((Number(last) % 254) + 1),
  );
}

/** One person: begins connections over the day as people of this route do. */
class Person implements Actor {
  readonly #world: World;
  readonly #random: Random;
  readonly #traits: Traits;
  readonly #hasTwin: boolean;

  constructor(world: World, traits: Traits, random: Random) {
    this.#world = world;
    this.#traits = traits;
    this.#random = random;
    this.#hasTwin = random.chance(life.trading.twinServers);
  }

  step(now: number): number {
    const lastsMs = this.#visit(now);
    // Its credential is in one place at a time: the next begins when this one is over.
    return this.nextFrom(now + lastsMs + MINUTE);
  }

  /** The next moment to begin: more often when this route is busy (a Poisson process, thinned). */
  nextFrom(from: number): number {
    const { route, isProgram, ways } = this.#traits;
    if (isProgram) return from + this.#random.between(0.1, 2) * MINUTE;
    const { workday, weekend } = life.hours[route];
    const sum = workday.reduce((total, weight) => total + weight, 0);
    const most = Math.max(...workday, ...weekend);
    const perDay = life.sessionsPerDay[route] * Math.min(2, Math.sqrt(ways.factor));
    const meanGap = (sum / (perDay * most)) * HOUR;
    let at = from;
    for (;;) {
      at += this.#random.exponential(meanGap);
      const weights = isWeekend(at) ? weekend : workday;
      if (this.#random.chance((weights[Math.floor(hourOf(at))] ?? 0) / most)) return at;
    }
  }

  #credential(now: number, device: string): string | null {
    const { user, name, route } = this.#traits;
    return user === null ? null : `${name} ${device} ${Math.floor(now / life.credentialLife[route])}`;
  }

  #habit(): Habit {
    const { route, ways, isProgram } = this.#traits;
    return isProgram ? programHabit(ways.factor) : personHabit(route, ways);
  }

  #visit(now: number): number {
    const { user, route, place, phone, isProgram, mishaps } = this.#traits;
    const random = this.#random;
    const { median, sigma, most } = life.lasts[route];
    const lastsMs = isProgram
      ? random.between(6, 30) * HOUR
      : Math.min(most, random.logNormal(median, sigma));
    const onPhone = !isProgram && random.chance(life.places.phone[route]);
    const device = onPhone ? "phone" : "desk";
    const address = (onPhone && random.chance(0.6) ? phone : place).address(now, random);
    const connected: Connected = {
      user,
      address,
      route: `/${route}`,
      fingerprint: this.#credential(now, device),
      habit: this.#habit(),
      mishaps,
      lastsMs,
      renewsEveryMs: life.renewsEvery[route],
    };
    admit(this.#world, connected, {
      random,
      onOpen: (session) => {
        if (onPhone && random.chance(life.changesNetwork.share)) this.#moveLater(session);
      },
    });
    if (isProgram) {
      if (this.#hasTwin)
        this.#later(random.between(0, MINUTE), { ...connected, address: neighbour(address) });
      return lastsMs;
    }
    if (!onPhone && random.chance(life.secondTab.share)) this.#secondTab(connected);
    if (random.chance(life.secondDevice)) {
      const fingerprint = this.#credential(now, onPhone ? "desk" : "phone");
      const elsewhere = (onPhone ? place : phone).address(now, random);
      this.#later(random.between(0, lastsMs / 2), {
        ...connected,
        fingerprint,
        address: elsewhere,
        lastsMs: lastsMs / 3,
      });
    }
    return lastsMs;
  }

  #later(afterMs: number, connected: Connected): void {
    const { agenda } = this.#world;
    agenda.once(agenda.now + afterMs, () => {
      admit(this.#world, { ...connected, habit: this.#habit() }, { random: this.#random });
    });
  }

  #secondTab(first: Connected): void {
    const random = this.#random;
    const { place } = this.#traits;
    const twin = random.chance(life.secondTab.otherProtocol)
      ? place.twin?.(this.#world.now, random)
      : undefined;
    const address = twin ?? first.address;
    this.#later(random.between(0, first.lastsMs / 2), { ...first, address, lastsMs: first.lastsMs / 2 });
  }

  /** Wi-Fi is left behind: the old connection says nothing more, the new one comes from the carrier's address, or the other way. */
  #moveLater(session: SimulatedSession): void {
    const world = this.#world;
    const random = this.#random;
    const { of } = session;
    world.agenda.once(world.now + random.between(0.1, 0.7) * of.lastsMs, (now) => {
      if (!session.isOpen) return;
      const { after, noticed } = life.changesNetwork;
      const { place, phone } = this.#traits;
      const other = of.address === place.address(now, random) ? phone : place;
      session.fallSilent();
      this.#later(random.between(after[0], after[1]), {
        ...of,
        address: other.address(now, random),
        lastsMs: session.remainingMs,
      });
      world.agenda.once(now + random.between(noticed[0], noticed[1]), () => {
        session.closeFor("heartbeat.missed", null);
      });
    });
  }
}

/** The places that people of a simulation share. */
export class Places {
  readonly offices: readonly Place[];
  readonly #phones: readonly ((phone: Random) => Place)[];
  readonly #ipv6Phones: (phone: Random) => Place;

  constructor(random: Random) {
    const { offices, carriers, carrierAddresses, paired } = life.places;
    this.offices = Array.from({ length: offices }, () => office(random));
    this.#phones = Array.from({ length: carriers }, (_, index) =>
      carrier(random, carrierAddresses, paired[index] ?? true),
    );
    this.#ipv6Phones = ipv6Carrier(random);
  }

  /** Larger offices have more people: the first has a third of all. */
  desk(route: RouteName, random: Random): Place {
    if (random.chance(life.places.office[route]))
      return (
        this.offices[Math.floor(this.offices.length * random.next() ** 2.5)] ?? random.pick(this.offices)
      );
    return random.chance(life.places.dualStack) ? dualStackHome(random) : home(random, life.places.homeDays);
  }

  phone(random: Random): Place {
    const own = random.fork("phone");
    return random.chance(life.places.ipv6Phones) ? this.#ipv6Phones(own) : random.pick(this.#phones)(own);
  }
}

/** Everybody who uses the service as it is meant. @param people how many, over all routes */
export function populate(world: World, places: Places, people: number): void {
  const all = ROUTES.reduce((sum, route) => sum + life.shares[route], 0);
  for (const route of ROUTES) {
    const count = Math.round((people * life.shares[route]) / all);
    for (let index = 0; index < count; index += 1) {
      const name = `${route}-${index}`;
      const random = world.random.fork(name);
      const { sigma, whaleShare, whale } = life.people;
      const factor = random.logNormal(1, sigma) * (random.chance(whaleShare) ? whale : 1);
      const isGuest = route === "game" && random.chance(life.guests);
      const traits: Traits = {
        user: isGuest ? null : name,
        name,
        route,
        place: places.desk(route, random),
        phone: places.phone(random),
        ways: { factor, outboundFactor: 1 },
        isProgram: route === "trading" && random.chance(life.trading.programShare),
        mishaps: mishapsOf(route, random),
      };
      const person = new Person(world, traits, random);
      world.agenda.add(person.nextFrom(world.now), person);
    }
  }
}
