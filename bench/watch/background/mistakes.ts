import { comeBack } from "../admit.ts";
import { DAY, HOUR, SECOND } from "../calendar.ts";
import { life } from "../life.ts";
import { often, spread } from "../often.ts";
import type { Places } from "../people.ts";
import type { SimulatedSession } from "../simulated-session.ts";
import type { World } from "../world.ts";

/** Somebody who is connected, with an account. */
function somebody(world: World, draw: number): SimulatedSession | undefined {
  const known = [...world.sessions].filter(({ of }) => of.user !== null && of.returns !== false);
  return known[Math.floor(draw * known.length)];
}

/** A tab whose client does not know that its token has ended, and tries for hours. */
function forgottenTabs(world: World, places: Places): void {
  const random = world.random.fork("forgotten tabs");
  const { perDay, everyMs, hours } = life.forgottenTabs;
  often(world, { random, meanMs: DAY / perDay }, (now) => {
    const address = places.desk("chat", random).address(now, random);
    const until = now + random.between(hours[0], hours[1]) * HOUR;
    world.agenda.add(now, {
      step: (at) => {
        world.refuse({ code: "identity.invalid", address, route: "/chat", detail: "the token has ended" });
        return at > until ? Infinity : at + everyMs * random.between(0.95, 1.05);
      },
    });
  });
}

/** One device signs all out; the others are closed, and try what was revoked. */
function signOuts(world: World): void {
  const random = world.random.fork("sign outs");
  const { perDay, tries } = life.signsOutEverywhere;
  often(world, { random, meanMs: DAY / perDay }, (now) => {
    const user = somebody(world, random.next())?.of.user ?? null;
    if (user === null) return;
    for (const session of [...world.sessions].filter(({ of }) => of.user === user)) {
      const { address, route } = session.of;
      session.closeFor("revocation.revoked", null);
      spread(world, { random, from: now, lastsMs: 20 * SECOND, count: random.whole(tries + 1) }, () => {
        world.refuse({ code: "revocation.refused", address, route, user });
      });
    }
  });
}

/** A line that is lost: an office's connections are silent, are given up, and come back at once. */
function lostLines(world: World, places: Places): void {
  const random = world.random.fork("lost lines");
  const { perWeek, downMs } = life.lostLines;
  often(world, { random, meanMs: (7 * DAY) / perWeek }, (now) => {
    const address = random.pick(places.offices).address(now, random);
    for (const session of [...world.sessions].filter(({ of }) => of.address === address)) {
      session.fallSilent();
      world.agenda.once(now + random.between(60, 95) * SECOND, () => {
        if (!session.isOpen) return;
        session.closeFor("heartbeat.missed", null);
        comeBack(world, session, { random, afterMs: downMs - 80 * SECOND + random.between(0, 15) * SECOND });
      });
    }
  });
}

/** What goes wrong with honest people. */
export function startMistakes(world: World, places: Places): void {
  forgottenTabs(world, places);
  signOuts(world);
  lostLines(world, places);
}
