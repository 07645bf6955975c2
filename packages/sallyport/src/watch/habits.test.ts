import { describe, expect, it } from "vitest";
import { Habit, Habits } from "./habits.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

describe("Habit", () => {
  it("knows somebody's highest rate after sixty measurements", () => {
    const habit = new Habit(0);
    for (let index = 0; index < 59; index += 1) habit.sent(5);
    expect(habit.high).toBe(Number.POSITIVE_INFINITY);
    habit.sent(5);
    expect(habit.high).toBe(5);
  });

  it("lets nobody who is known raise it much at once", () => {
    const habit = new Habit(0);
    for (let index = 0; index < 60; index += 1) habit.sent(4);
    habit.sent(1000);
    expect(habit.high).toBe(5);
    for (let index = 0; index < 5000; index += 1) habit.sent(0.1);
    expect(habit.high).toBeLessThan(0.2);
  });

  it("counts messages of an hour, and says what the last one came to", () => {
    const habit = new Habit(0);
    expect([habit.count(5, 80, 0), habit.count(5, 90, HOUR - 1)].map(({ hour }) => hour)).toEqual([
      null,
      null,
    ]);
    expect(habit.suspicion).toBe(10);
    const hour = { messages: 10, bytesEach: 90 };
    expect([habit.count(3, 7, HOUR), habit.suspicion]).toEqual([{ hour, stretch: null }, 3]);
  });

  it("knows for how long somebody has had no rest of two hours, and says it when they have had one", () => {
    const habit = new Habit(0);
    for (let hour = 0; hour < 30; hour += 1) habit.count(1, 1, hour * HOUR);
    expect(habit.awake).toBe(29);
    expect(habit.count(1, 1, 31 * HOUR).stretch).toBe(29);
    expect(habit.awake).toBe(0);
  });

  it("remembers the highest hour while a route was learnt, and for how long who was there has been awake", () => {
    const habit = new Habit(0);
    habit.count(5, 1, 0);
    expect([habit.highHour, habit.longestAwake]).toEqual([0, 0]);
    habit.wasThere();
    habit.count(1, 1, HOUR);
    habit.wasThere();
    expect([habit.highHour, habit.longestAwake]).toEqual([5, Number.POSITIVE_INFINITY]);
    for (const hour of [4, 5, 8]) habit.count(1, 1, hour * HOUR);
    expect(habit.longestAwake).toBe(1);
  });

  it("takes it for news once that somebody is awake: they are ever more so", () => {
    const habit = new Habit(0);
    expect([30, 31, 300].map((value) => habit.isNews("awake", value, 0))).toEqual([true, false, false]);
  });

  it("has three voices a day", () => {
    const habit = new Habit(0);
    expect([1, 2, 3, 4].map((now) => habit.takeVoice(now))).toEqual([true, true, true, false]);
    expect(habit.takeVoice(DAY)).toBe(true);
  });

  it("takes three times as much for news, and anything once it has not been done for a week", () => {
    const habit = new Habit(0);
    const told = [10, 20, 31].map((value) => habit.isNews("rate", value, 0));
    expect(told).toEqual([true, false, true]);
    expect(habit.isNews("size", 10, 0)).toBe(true);
    expect([10, 1000].map((value) => habit.isNews("perHour", value, 0))).toEqual([true, false]);
    // Who goes on with it is not told anew.
    expect([5, 10, 15].map((day) => habit.isNews("rate", 31, day * DAY))).toEqual([false, false, false]);
    expect(habit.isNews("rate", 10, 23 * DAY)).toBe(true);
  });
});

describe("Habits", () => {
  it("tells so many callers apart, and lets one in eight newcomers in beyond that", () => {
    const habits = new Habits({ keys: 256, seed: 1 });
    const known = habits.of("/chat", "ann", 0);
    expect(habits.of("/chat", "ann", 1)).toBe(known);
    expect(habits.of("/game", "ann", 1)).not.toBe(known);
    const found = Array.from({ length: 1000 }, (_, index) => habits.of("/chat", `u${index}`, index));
    expect(habits.size).toBe(256);
    expect(found.filter((habit) => habit !== null)).toHaveLength(254 + 93);
  });
});
