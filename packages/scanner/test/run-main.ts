import { main } from "../src/cli/main.ts";

/** Runs the command; what it wrote, and its exit code. */
export async function runMain(
  ...args: readonly string[]
): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  const written = { out: "", err: "" };
  const terminal = {
    out: (text: string) => void (written.out += text),
    err: (text: string) => void (written.err += text),
    colour: false,
    isWatched: false,
  };
  const code = await main(args, terminal);
  return { code, ...written };
}
