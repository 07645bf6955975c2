/** Where something goes. */
export type OutputName = "alerts" | "otlp" | "ocsf";

/** What became of it. `failed`: it was given up; `dropped`: there was no room to keep it. */
export type OutputOutcome = "sent" | "failed" | "dropped";

/** Counts what became of alerts, and of records to a collector or a file. */
export type CountOutput = (output: OutputName, outcome: OutputOutcome, count: number) => void;

/** Where nobody counts. */
export const countNothing: CountOutput = () => {};
