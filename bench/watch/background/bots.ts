import { SECOND } from "../calendar.ts";
import { steadyHabit } from "../habits.ts";
import { life } from "../life.ts";
import { peopleAddress } from "../places.ts";
import { openSession } from "../simulated-session.ts";
import type { World } from "../world.ts";

/** An uptime monitor that looks from a few places with one credential, and now and then whether it is refused without. */
function probe(world: World, index: number): void {
  const random = world.random.fork(`probe ${index}`);
  const address = peopleAddress(random);
  const { everyMs, refusedEach } = life.probes;
  let looks = 0;
  world.agenda.add(world.now + random.between(0, everyMs), {
    step: (now) => {
      looks += 1;
      if (looks % refusedEach === 0)
        world.refuse({ code: "identity.missing", address, route: "/chat", origin: null });
      else
        openSession(
          world,
          {
            user: "probe",
            address,
            route: "/chat",
            origin: null,
            fingerprint: "probe",
            habit: steadyHabit({ perSecond: 1, bytes: 20 }, { perSecond: 1, bytes: 20 }),
            lastsMs: random.between(0.5, 2) * SECOND,
            returns: false,
          },
          { random },
        );
      return now + everyMs + random.between(-1, 1) * SECOND;
    },
  });
}

/** The gate is asked for a page that it does not have: any answer is a sign of life. */
function healthCheck(world: World, index: number): void {
  const { everyMs } = life.healthChecks;
  world.agenda.add(world.now + (everyMs * index) / 2, {
    step: (now) => {
      world.refuse({
        code: "handshake.no-route",
        address: `198.18.0.${2 + index}`,
        path: "/health",
        origin: null,
      });
      return now + everyMs;
    },
  });
}

/** The bots of those who run the service. */
export function startBots(world: World): void {
  for (let index = 0; index < life.probes.places; index += 1) probe(world, index);
  for (let index = 0; index < life.healthChecks.balancers; index += 1) healthCheck(world, index);
}
