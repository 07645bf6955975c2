import { describe, expect, it } from "vitest";
import { DAY, HOUR, MINUTE, servicesOf } from "../../test/watch-fixture.ts";
import { Habit } from "./habits.ts";
import { RouteHours } from "./route-hours.ts";

const LIMITS = {
  perHour: { floor: 100, deviations: 4, times: 4 },
  awake: { floor: 20, deviations: 2, times: 2.5 },
  size: { floor: 1000, deviations: 4, times: 2.5 },
  ownTimes: 8,
  ownAwakeTimes: 2.5,
};
const made = (): RouteHours => new RouteHours(LIMITS, servicesOf().services);

/** Twenty people who send one message each ten minutes, eight hours a day, for some days. */
function people(hours: RouteHours, days: number): void {
  const habits = Array.from({ length: 20 }, () => new Habit(0));
  for (let now = 0; now < days * DAY; now += 10 * MINUTE)
    if (now % DAY < 8 * HOUR)
      for (const habit of habits) hours.count({ route: "/chat", messages: 1, bytesEach: 100, habit }, now);
}

describe("RouteHours", () => {
  it("finds who sends far more within an hour than callers of the route do, and says what is usual", () => {
    const hours = made();
    people(hours, 2);
    const habit = new Habit(2 * DAY);
    expect(hours.count({ route: "/chat", messages: 100, bytesEach: 100, habit }, 2 * DAY)).toEqual([]);
    expect(
      hours.count({ route: "/chat", messages: 1, bytesEach: 100, habit }, 2 * DAY + MINUTE),
    ).toMatchObject([{ measure: "perHour", value: 101, limit: 100 }]);
  });

  it("compares who was there while a route was learnt with their own past", () => {
    const hours = made();
    const program = new Habit(0);
    hours.count({ route: "/chat", messages: 1000, bytesEach: 100, habit: program }, 0);
    people(hours, 2);
    expect(hours.count({ route: "/chat", messages: 8000, bytesEach: 100, habit: program }, 2 * DAY)).toEqual(
      [],
    );
    expect(
      hours.count({ route: "/chat", messages: 1, bytesEach: 100, habit: program }, 2 * DAY),
    ).toMatchObject([{ measure: "perHour", value: 8001, limit: 8000 }]);
  });

  it("finds who never rests, but for programs that did so from the beginning", () => {
    const hours = made();
    people(hours, 5);
    const found = (habit: Habit): readonly string[] => {
      const measures = new Set<string>();
      for (let hour = 0; hour < 30; hour += 1)
        for (const { measure } of hours.count(
          { route: "/chat", messages: 1, bytesEach: 100, habit },
          5 * DAY + hour * HOUR,
        ))
          measures.add(measure);
      return [...measures];
    };
    expect(found(new Habit(5 * DAY))).toEqual(["awake"]);
    const program = new Habit(5 * DAY - HOUR);
    program.count(1, 100, 5 * DAY - HOUR);
    program.wasThere();
    expect(found(program)).toEqual([]);
  });

  it("knows how large messages of callers are, whoever sends how many", () => {
    const hours = made();
    people(hours, 2);
    expect(hours.sizeOn("/chat")?.limit(2 * DAY)).toBe(1000);
  });

  it("tells nothing while a route is learnt, and learns a bounded number of routes", () => {
    const hours = made();
    for (let index = 0; index < 300; index += 1)
      expect(
        hours.count({ route: `/${index}`, messages: 1_000_000, bytesEach: 100, habit: new Habit(0) }, 0),
      ).toEqual([]);
    expect(hours.learning(0)).toHaveLength(256);
    expect(hours.sizeOn("/none")).toBeNull();
    expect(hours.learning(0)[0]).toEqual({ route: "/0", learnt: false, samples: 0 });
  });
});
