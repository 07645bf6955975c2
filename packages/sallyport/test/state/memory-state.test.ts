import { createMemoryState } from "../../src/state/memory-state.ts";
import { describeState } from "./state-suite.ts";

describeState("the memory of one process", () => {
  const state = createMemoryState();
  return Promise.resolve({ nodes: [state, state], stop: () => {} });
});
