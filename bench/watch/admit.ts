import { SECOND } from "./calendar.ts";
import { life } from "./life.ts";
import type { Random } from "./random.ts";
import { type Connected, type SimulatedSession, openSession } from "./simulated-session.ts";
import type { World } from "./world.ts";

/** What a client does to connect. */
export interface Attempt {
  readonly random: Random;
  readonly onOpen?: (session: SimulatedSession) => void;
  readonly onEnd?: () => void;
}

/** Says some of the route's names; what is new is told. */
function speak(world: World, session: SimulatedSession, random: Random): void {
  const { route } = session.of;
  const names = world.vocabulary.get(route);
  if (names === undefined) return;
  for (const direction of ["inbound", "outbound"] as const)
    for (let said = 0; said < 2; said += 1) world.name(session, direction, random.pick(names));
  const { count, perConnection } = life.rareNames;
  if (random.chance(perConnection)) world.name(session, "inbound", `${route}.rare-${random.whole(count)}`);
}

function open(world: World, connected: Connected, attempt: Attempt): void {
  const { random, onOpen, onEnd } = attempt;
  const session = openSession(world, connected, onEnd === undefined ? { random } : { random, onEnd });
  speak(world, session, random);
  onOpen?.(session);
}

/** Tries until the application answers, waiting longer each time: as good clients do, with jitter. */
function openWhenUp(
  world: World,
  connected: Connected,
  attempt: Attempt,
  waitMs: number = life.retry.first,
): void {
  const { route, address, user } = connected;
  if (world.now >= (world.downUntil.get(route) ?? 0)) return open(world, connected, attempt);
  world.refuse({ code: "upstream.unreachable", address, route, user });
  const { random } = attempt;
  world.agenda.once(world.now + waitMs * random.between(0.5, 1.5), () => {
    openWhenUp(world, connected, attempt, Math.min(life.retry.most, 2 * waitMs));
  });
}

/** What goes wrong at the handshake of honest clients: how long until the next try, after which it will do. */
function stumble(world: World, { address, route }: Connected, random: Random): number {
  if (random.chance(life.lateTicket)) {
    world.refuse({ code: "ticket.invalid", address, route, detail: "unknown, used before, or too old" });
    return random.between(1, 4) * SECOND;
  }
  if (!random.chance(life.expired.share)) return 0;
  const { tries, gap } = life.expired;
  const times = 1 + random.whole(tries);
  for (let time = 0; time < times; time += 1)
    world.agenda.once(world.now + time * gap * random.between(0.8, 1.5), () => {
      world.refuse({ code: "identity.invalid", address, route, detail: "the token has ended" });
    });
  return times * gap * 1.5 + random.between(1, 10) * SECOND;
}

/** Connects, sooner or later: with an ended token first, a ticket too late, or against an application that is away. */
export function admit(world: World, connected: Connected, attempt: Attempt): void {
  const waitMs = stumble(world, connected, attempt.random);
  if (waitMs === 0) return openWhenUp(world, connected, attempt);
  world.agenda.once(world.now + waitMs, () => {
    openWhenUp(world, connected, attempt);
  });
}

/** Comes back after a connection was lost. */
export function comeBack(
  world: World,
  session: SimulatedSession,
  { random, afterMs }: { readonly random: Random; readonly afterMs: number },
): void {
  if (session.of.returns === false) return;
  const { of, remainingMs } = session;
  world.agenda.once(world.now + afterMs, () => {
    openWhenUp(world, { ...of, lastsMs: remainingMs }, { random });
  });
}
