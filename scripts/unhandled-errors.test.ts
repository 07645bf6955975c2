import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { describe, expect, it, onTestFinished } from "vitest";

import { tellUnhandled, UnhandledErrors } from "./unhandled-errors.ts";

describe("tellUnhandled", () => {
  it("says how a test process died, which is a cause of the error", () => {
    const cause = new Error(
      "Worker exited unexpectedly with signal SIGSEGV while running test file a.test.ts",
    );
    const error = Object.assign(new Error("Worker forks emitted error.", { cause }), {
      type: "Unhandled Error",
    });
    const [told] = tellUnhandled(error).split("\n");
    expect(told).toBe(`Unhandled Error: Worker forks emitted error.: ${cause.message}`);
  });

  it("says which test ran", () => {
    const error = {
      type: "Unhandled Rejection",
      message: "late",
      VITEST_TEST_NAME: "waits",
      VITEST_TEST_PATH: "a.test.ts",
    };
    expect(tellUnhandled(error)).toBe("Unhandled Rejection (a.test.ts > waits): late");
  });

  it("says where in the project it came from", () => {
    const frames = [
      "    at close (/p/node_modules/browser/index.js:1:2)",
      "    at node:internal/process/task_queues:104:5",
      "    at async sizeOf (/p/test/browser/page.test.ts:3:4)",
    ];
    const error = { message: "closed", stack: ["Error: closed", "  in two lines", ...frames].join("\n") };
    expect(tellUnhandled(error)).toBe(`Unhandled Error: closed\n${frames[2]}`);
    const foreign = { message: "closed", stack: ["Error: closed", frames[0]].join("\n") };
    expect(tellUnhandled(foreign)).toBe(`Unhandled Error: closed\n${frames[0]}`);
  });

  it("ends with causes that lead in a circle, and with what is no error", () => {
    const circle = { message: "round", cause: {} };
    circle.cause = circle;
    expect(tellUnhandled(circle).match(/round/g)).toHaveLength(5);
    expect(tellUnhandled({ message: "thrown", cause: "a text" })).toBe("Unhandled Error: thrown");
    expect(tellUnhandled({ name: "Named" })).toBe("Unhandled Error: Named");
    expect(tellUnhandled({})).toBe("Unhandled Error: no message");
  });
});

describe("UnhandledErrors", () => {
  it("writes the errors of a run", async () => {
    const directory = await mkdtemp(join(tmpdir(), "sallyport-unhandled-"));
    onTestFinished(() => rm(directory, { recursive: true }));
    const file = join(directory, "errors.json");
    await new UnhandledErrors(file).onTestRunEnd([], [{ message: "one" }, { message: "two" }]);
    expect(JSON.parse(await readFile(file, "utf8"))).toEqual([
      "Unhandled Error: one",
      "Unhandled Error: two",
    ]);
  });
});
