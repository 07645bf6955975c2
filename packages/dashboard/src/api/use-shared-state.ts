import { useEffect, useState } from "preact/hooks";

import type { StateView } from "../../../sallyport/src/hosts/dashboard/state-message.ts";
import { ask } from "./ask.ts";

/** How often it is asked for: nodes say that they are alive as often. */
const EVERY_MS = 5000;

/**
 * How nodes share state, asked for all the while; `null`: nobody has said so yet. What is known stays while the gate does not answer.
 * @param isWanted nothing is asked where it is not
 */
export function useSharedState(isWanted = true): StateView | null {
  const [state, setState] = useState<StateView | null>(null);
  useEffect(() => {
    if (!isWanted) return;
    const life = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const look = async (): Promise<void> => {
      const answer = await ask<StateView>("/state", { signal: life.signal });
      if (life.signal.aborted) return;
      if (answer.ok) setState(answer.body);
      timer = setTimeout(() => void look(), EVERY_MS);
    };
    void look();
    return () => {
      life.abort();
      clearTimeout(timer);
    };
  }, [isWanted]);
  return state;
}
