import type { Emit } from "../events.ts";
import { traceOf } from "../problem-of.ts";

/**
 * An event listener of the application's as the gate may call it: one that throws, or whose promise rejects, breaks neither
 * a connection nor the process. Its first fault is reported as a process warning (`SallyportWarning`); it goes on being told.
 */
export function safeListener(listener: Emit): Emit {
  let reported = false;
  const report = (error: unknown): void => {
    if (reported) return;
    reported = true;
    const detail = traceOf(error);
    process.emitWarning("onEvent threw; later faults of it are not reported", {
      type: "SallyportWarning",
      detail,
    });
  };
  return (event) => {
    try {
      const answer: unknown = listener(event);
      if (answer instanceof Promise) answer.catch(report);
    } catch (error) {
      report(error);
    }
  };
}
