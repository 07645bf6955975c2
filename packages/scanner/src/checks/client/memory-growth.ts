import type { ClientContext } from "../../reverse/client-context.ts";

const MIB = 1024 * 1024;

/** Measures the client's process; what it answers says, in words, how much more memory it holds then. Empty where it cannot be told. */
export async function memoryGrowth(context: ClientContext): Promise<() => Promise<string>> {
  const before = (await context.child?.memoryBytes()) ?? null;
  return async () => {
    const after = (await context.child?.memoryBytes()) ?? null;
    if (before === null || after === null) return "";
    return ` Its process held ${Math.round(before / MIB)} MiB before, and ${Math.round(after / MIB)} MiB then.`;
  };
}
