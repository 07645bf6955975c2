import { dayOf, hourOf, isWeekend, MINUTE } from "./calendar.ts";
import { life, type RouteName } from "./life.ts";
import { Random } from "./random.ts";
import type { Habit, Pace, Stretch } from "./simulated-session.ts";

/** How much more or less than others somebody does; `outboundFactor` is changed by who turns. */
export interface Ways {
  readonly factor: number;
  outboundFactor: number;
}

const scaled = ({ perSecond, bytes }: Pace, factor: number): Pace => ({
  perSecond: perSecond * factor,
  bytes,
});

/** How busy people are, which leaves the rate of a stretch alone: a whale writes longer, not faster. */
const shareOf = (share: number, factor: number): number =>
  Math.min(0.85, (share * factor) / (1 + share * (factor - 1)));

/** The odds that a stretch is a busy one, where busy ones last `busyMs` on average and others `quietMs`, so that `share` of the time is busy. */
function odds(share: number, busyMs: number, quietMs: number): number {
  const busy = share / busyMs;
  return busy / (busy + (1 - share) / quietMs);
}

/** How much longer than usual messages are that somebody writes for a while: some paste a log or a page. */
function written(random: Random): number {
  const { sigma, pasteShare, paste } = life.chat.writing;
  return random.logNormal(1, sigma) * (random.chance(pasteShare) ? paste : 1);
}

function chatStretch({ factor, outboundFactor }: Ways, random: Random): Stretch {
  const { activeShare, active, idle } = life.chat;
  const isActive = random.chance(odds(shareOf(activeShare, factor), active.for, idle.for));
  const { for: mean, inbound, outbound } = isActive ? active : idle;
  return {
    forMs: Math.max(5000, random.exponential(mean)),
    everyMs: isActive || outboundFactor > 1 ? life.cadence : life.quietCadence,
    inbound: {
      perSecond: inbound.perSecond * random.logNormal(1, 0.4),
      bytes: inbound.bytes * written(random),
    },
    outbound: scaled(
      outbound,
      random.logNormal(1, 0.4) * Math.min(4, Math.max(0.5, factor)) * outboundFactor,
    ),
  };
}

function gameStretch({ outboundFactor }: Ways, random: Random): Stretch {
  const isMatch = random.chance(0.5);
  const { for: mean, inbound, outbound } = isMatch ? life.game.match : life.game.lobby;
  return {
    forMs: random.between(0.5, 1.5) * mean,
    everyMs: isMatch ? life.cadence : MINUTE,
    inbound: scaled(inbound, random.between(0.8, 1.2)),
    outbound: scaled(outbound, random.between(0.8, 1.2) * outboundFactor),
  };
}

/** Whether the moment is within minutes of an opening, or of news: the same for everybody. */
function market(now: number): { readonly quotes: number; readonly orders: number } {
  const { hours, lasts, quotes, orders, newsPerWeek, newsLasts, news } = life.bursts;
  if (isWeekend(now)) return { quotes: 0.1, orders: 0.3 };
  const hour = hourOf(now);
  if (hours.some((opening) => hour >= opening && (hour - opening) * 60 * MINUTE < lasts))
    return { quotes, orders };
  const draw = new Random(`news ${dayOf(now)}`);
  const at = draw.between(8, 17);
  if (draw.chance(newsPerWeek / 5) && hour >= at && (hour - at) * 60 * MINUTE < newsLasts)
    return { quotes: news, orders: 6 };
  return { quotes: hour > 7.5 && hour < 18 ? 1 : 0.2, orders: 1 };
}

function tradingStretch({ factor, outboundFactor }: Ways, now: number, random: Random): Stretch {
  const { activeShare, active, idle, quotes } = life.trading;
  const { quotes: moreQuotes, orders } = market(now);
  const isActive = random.chance(Math.min(0.8, 1.5 * activeShare * factor * orders));
  const { for: mean, inbound } = isActive ? active : idle;
  return {
    // The market changes while somebody idles: a stretch ends early enough to follow it.
    forMs: Math.min(2 * MINUTE, random.exponential(mean) + 10_000),
    everyMs: isActive || moreQuotes > 1 ? life.cadence : life.steadyCadence,
    inbound: scaled(inbound, random.logNormal(1, 0.4) * (isActive ? Math.sqrt(orders) : 1)),
    outbound: scaled(quotes, moreQuotes * random.logNormal(1, 0.3) * outboundFactor),
  };
}

/** A program of a customer's that trades: the same pace all day, more when the market moves. */
export function programHabit(factor: number): Habit {
  const { perSecond, bytes, mostPerSecond } = life.trading.program;
  return (now, random) => {
    const { quotes, orders } = market(now);
    return {
      forMs: 2 * MINUTE,
      everyMs: life.steadyCadence,
      inbound: {
        perSecond: Math.min(
          mostPerSecond,
          perSecond * Math.min(4, factor) * random.logNormal(1, 0.2) * Math.sqrt(orders),
        ),
        bytes,
      },
      outbound: scaled(life.trading.quotes, 2 * quotes),
    };
  };
}

/** What people do on a route. A chat begins with the history of its rooms. */
export function personHabit(route: RouteName, ways: Ways): Habit {
  let isFirst = route === "chat";
  return (now, random) => {
    if (isFirst) {
      isFirst = false;
      const { perSecond, bytes } = life.chat.history;
      return {
        forMs: life.cadence,
        everyMs: life.cadence,
        inbound: { perSecond: 0.3, bytes: 90 },
        outbound: { perSecond, bytes: bytes * random.logNormal(1, 0.5) * Math.min(3, ways.outboundFactor) },
      };
    }
    if (route === "chat") return chatStretch(ways, random);
    return route === "game" ? gameStretch(ways, random) : tradingStretch(ways, now, random);
  };
}

/** The same pace all the time, told at the gate's cadence. */
export function steadyHabit(inbound: Pace, outbound: Pace): Habit {
  return () => ({ forMs: 5 * MINUTE, everyMs: life.cadence, inbound, outbound });
}
