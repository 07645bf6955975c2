import { admit, comeBack } from "../admit.ts";
import { DAY, HOUR, MINUTE, momentOf, SECOND } from "../calendar.ts";
import { personHabit, steadyHabit } from "../habits.ts";
import { life, ROUTES } from "../life.ts";
import { often, spread } from "../often.ts";
import { peopleAddress } from "../places.ts";
import type { Places } from "../people.ts";
import type { SimulatedSession } from "../simulated-session.ts";
import type { World } from "../world.ts";

const pathOf = (route: string): string => `/${route}`;

/** The application of a route goes away for a while, and everybody comes back. */
function goDown(world: World, route: string, downMs: number): void {
  const random = world.random.fork(`down ${route} ${world.now}`);
  world.downUntil.set(route, world.now + downMs);
  for (const session of [...world.sessions].filter(({ of }) => of.route === route)) {
    const afterMs = random.between(0, 5) * SECOND;
    world.agenda.once(world.now + random.between(0, life.restarts.spreadMs), () => {
      session.closeFor("upstream.lost", null);
      comeBack(world, session, { random, afterMs });
    });
  }
}

function restarts(world: World, days: number): void {
  const { weekday, hour, downMs } = life.restarts;
  for (let day = weekday; day < days; day += 7)
    for (const route of ROUTES)
      world.agenda.once(momentOf(day, hour), () => goDown(world, pathOf(route), downMs));
  const { firstDay, everyDays, hour: outageHour, downMs: outageMs } = life.outages;
  for (let day = firstDay; day < days; day += everyDays)
    world.agenda.once(momentOf(day, outageHour), () => goDown(world, "/chat", outageMs));
}

/** An old client breaks the new schema with a message a minute: where the guard closes, it comes back again and again. */
function stayOld(
  world: World,
  session: SimulatedSession,
  { isClosed, until }: { readonly isClosed: boolean; readonly until: number },
): void {
  const random = world.random.fork(`old ${session.identity.session}`);
  let current = session;
  let waitMs = 2 * SECOND;
  world.agenda.add(world.now + random.between(0, MINUTE), {
    step: (now) => {
      if (now > until || !current.isOpen) return Infinity;
      if (!isClosed) {
        current.decide("messageSchema.mismatch", "observe");
        return now + random.exponential(MINUTE / life.releases.brokenPerMinute);
      }
      current.closeFor("messageSchema.mismatch");
      world.agenda.once(now + waitMs, () => {
        admit(world, session.of, { random, onOpen: (opened) => (current = opened) });
      });
      waitMs = Math.min(MINUTE, 2 * waitMs);
      // It breaks the schema some seconds after it is back.
      return now + waitMs + 30 * SECOND;
    },
  });
}

function releases(world: World, days: number): void {
  const { firstDay, everyDays, hour, lasts, oldShare, newNames } = life.releases;
  for (let day = firstDay, count = 0; day < days; day += everyDays, count += 1) {
    const isClosed = count > 0;
    const random = world.random.fork(`release ${count}`);
    world.agenda.once(momentOf(day, hour), (now) => {
      const vocabulary = world.vocabulary.get("/chat") ?? [];
      for (let index = 0; index < newNames; index += 1) vocabulary.push(`chat.r${count}-${index}`);
      for (const session of world.sessions)
        if (session.of.route === "/chat" && session.of.user !== "probe" && random.chance(oldShare))
          stayOld(world, session, { isClosed, until: now + lasts });
    });
  }
}

/** People without any past, for an evening. */
function pushes(
  world: World,
  places: Places,
  { days, people }: { readonly days: number; readonly people: number },
): void {
  const { firstDay, everyDays, hour, lasts, factor } = life.pushes;
  for (let day = firstDay; day < days; day += everyDays) {
    const random = world.random.fork(`push ${day}`);
    const count = Math.round((people * life.shares.chat * factor) / 100);
    spread(world, { random, from: momentOf(day, hour), lastsMs: lasts, count }, (index) => {
      const user = `visitor-${day}-${index}`;
      const address = (
        random.chance(0.4) ? places.phone(random.fork(user)) : places.desk("chat", random)
      ).address(world.now, random);
      const ways = { factor: random.logNormal(1, life.people.sigma), outboundFactor: 1 };
      const lastsMs = Math.min(5 * HOUR, random.logNormal(25 * MINUTE, 1));
      admit(
        world,
        { user, address, route: "/chat", fingerprint: user, habit: personHabit("chat", ways), lastsMs },
        { random },
      );
    });
  }
}

/** An analyst loads the archive once on each working day. */
function analyst(
  world: World,
  places: Places,
  { index, fromDay, days }: { readonly index: number; readonly fromDay: number; readonly days: number },
): void {
  const random = world.random.fork(`analyst ${index}`);
  const user = `analyst-${index}`;
  const place = places.desk("chat", random);
  const { hour, bytes, sigma, lasts, monthEndDay, monthEnd } = life.exports;
  for (let day = fromDay; day < days; day += 1) {
    if (day % 7 >= 5) continue;
    const size =
      random.logNormal(bytes, sigma) * (day === monthEndDay - (monthEndDay % 7 >= 5 ? 2 : 0) ? monthEnd : 1);
    world.agenda.once(momentOf(day, hour + random.between(-1, 2)), (now) => {
      const perSecond = size / 65_536 / (lasts / SECOND);
      const habit = steadyHabit({ perSecond: 0.2, bytes: 80 }, { perSecond, bytes: 65_536 });
      admit(
        world,
        {
          user,
          address: place.address(now, random),
          route: "/chat",
          fingerprint: user,
          habit,
          lastsMs: lasts,
        },
        { random },
      );
    });
  }
}

function exportsOf(world: World, places: Places, days: number): void {
  const { analysts, newAnalystDay } = life.exports;
  for (let index = 0; index < analysts; index += 1) analyst(world, places, { index, fromDay: 0, days });
  analyst(world, places, { index: analysts, fromDay: newAnalystDay, days });
}

function team(world: World): void {
  const random = world.random.fork("team");
  const address = peopleAddress(random);
  often(world, { random, meanMs: DAY / life.adminPerDay }, () => {
    world.emit({
      type: "admin",
      name: "ops",
      role: "operator",
      address,
      method: "GET",
      path: "/sessions",
      status: 200,
      detail: "",
    });
  });
}

/** What those who run the service do, and what befalls it. */
export function startOperations(
  world: World,
  places: Places,
  scale: { readonly days: number; readonly people: number },
): void {
  for (const route of ROUTES)
    world.vocabulary.set(
      pathOf(route),
      Array.from({ length: life.names }, (_, index) => `${route}.m${index}`),
    );
  restarts(world, scale.days);
  releases(world, scale.days);
  pushes(world, places, scale);
  exportsOf(world, places, scale.days);
  team(world);
}
