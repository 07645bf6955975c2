import { dayOf, DAY, HOUR, momentOf } from "../calendar.ts";
import { createLabel } from "../label.ts";
import { life } from "../life.ts";
import { often, spread } from "../often.ts";
import { dualStackHome, home, strayAddress } from "../places.ts";
import type { Places } from "../people.ts";
import type { Random } from "../random.ts";
import type { World } from "../world.ts";

const PATHS = [
  "/",
  "/.env",
  "/wp-login.php",
  "/robots.txt",
  "/socket.io/",
  "/ws",
  "/favicon.ico",
  "/api/v1/version",
  "/.git/config",
] as const;
const FAULTS = [
  "handshake.no-route",
  "handshake.no-route",
  "handshake.plain-http",
  "origin.host",
  "handshake.method",
  "handshake.syntax",
] as const;

/** What one of the internet's scanners asks for. */
export function strayRequest(world: World, address: string, random: Random): void {
  world.refuse({ code: random.pick(FAULTS), address, path: random.pick(PATHS), origin: null });
}

function strays(world: World): void {
  const random = world.random.fork("strays");
  often(world, { random, meanMs: HOUR / life.strays.perHour }, (now) => {
    const address = strayAddress(random);
    const count = 1 + random.poisson(life.strays.requests - 1);
    spread(world, { random, from: now, lastsMs: 5000, count }, () => strayRequest(world, address, random));
  });
}

/** One that looks at many things: a finding about it is neither right nor wrong. */
function scanners(world: World): void {
  const random = world.random.fork("scanners");
  const { perDay, requests, lasts } = life.scanners;
  often(world, { random, meanMs: DAY / perDay }, (now) => {
    const address = strayAddress(random);
    const count = Math.round(random.between(requests[0], requests[1]));
    const label = createLabel({
      kind: "internet scanner",
      loudness: "moderate",
      detectors: ["handshakeScan"],
      mustFind: false,
      grey: true,
      intensity: count,
      unit: `requests in ${lasts / 1000} s`,
      from: now,
      until: now + lasts,
    });
    label.addresses.add(address);
    world.labels.push(label);
    spread(world, { random, from: now, lastsMs: lasts, count }, () => strayRequest(world, address, random));
  });
}

/** A page of a partner's whose origin nobody put on the list. */
function partner(world: World, places: Places, day: number): void {
  const random = world.random.fork(`partner ${day}`);
  const { hour, lasts, visitors, tries } = life.partner;
  const from = momentOf(day, hour);
  for (let index = 0; index < visitors; index += 1) {
    const own = random.fork(index);
    const place = own.chance(0.3)
      ? places.desk("chat", own)
      : own.chance(0.5)
        ? home(own, 14)
        : dualStackHome(own);
    const begins = from + own.between(0, lasts * 0.8);
    spread(world, { random: own, from: begins, lastsMs: 5 * 60_000, count: 1 + own.whole(tries) }, () => {
      world.refuse({
        code: "origin.foreign",
        address: place.address(world.now, own),
        route: "/chat",
        origin: "https://portal.partner.test",
      });
    });
  }
}

function foreignPages(world: World, places: Places): void {
  const random = world.random.fork("foreign pages");
  const [developersOffice] = places.offices.slice(3);
  often(world, { random, meanMs: DAY / life.developers.perDay }, (now) => {
    const hour = (now % DAY) / HOUR;
    if (developersOffice === undefined || hour < 8 || hour > 18) return;
    const address = developersOffice.address(now, random);
    world.refuse({
      code: "origin.foreign",
      address,
      route: "/chat",
      origin: random.pick(life.developers.origins),
    });
  });
  often(world, { random, meanMs: DAY / life.oddOrigins.perDay }, (now) => {
    const address = places.desk(random.chance(0.5) ? "chat" : "game", random).address(now, random);
    const extension = `chrome-extension://${random.pick(["aapbdbdomjkkjkaonfhkkikfgjllcleb", "bmnlcjabgnpnenekpadlanbbkooimhnj"])}`;
    const origin = random.pick([extension, extension, "null", "https://app-example-com.translate.goog"]);
    world.refuse({ code: "origin.foreign", address, route: "/chat", origin });
  });
}

/** Those who come from elsewhere and are refused, without meaning harm or without meaning us. */
export function startStrangers(world: World, places: Places, days: number): void {
  strays(world);
  scanners(world);
  foreignPages(world, places);
  const { firstDay, everyDays } = life.partner;
  for (let day = firstDay + dayOf(world.now); day < days; day += everyDays) partner(world, places, day);
}
