import { Watch } from "../../packages/sallyport/src/watch/watch.ts";
import { watchOptions } from "../../packages/sallyport/src/watch/watch-options.ts";
import type { CreateWatching } from "./run-watch.ts";

/** As it comes, but for what an operator writes on the first day: where the load balancers are, and the monitor's user. */
const OPTIONS = { allow: ["198.18.0.0/29"], allowUsers: ["probe"] };

/** The watch with all of its defaults. */
export const createWatch: CreateWatching = (onFinding) => {
  let incidents = 0;
  return new Watch(watchOptions.parse(OPTIONS), {
    newIncident: () => `finding-${(incidents += 1)}`,
    onFinding,
    seed: 7,
  });
};
