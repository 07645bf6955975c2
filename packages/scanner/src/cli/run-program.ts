import { type Command, CommanderError, Help } from "commander";
import { exitCodes, type Terminal } from "./terminal.ts";

/**
 * Runs a program of commander on a terminal. Resolves with `null` when its action is done, or with the exit code where there was none to do:
 * 0 after a help text, 2 where the arguments are wrong. Rejects with what the action does. Never exits the process.
 */
export async function runProgram(
  program: Command,
  argv: readonly string[],
  terminal: Terminal,
): Promise<number | null> {
  // That a switch is off and a list is empty where nothing is written goes without saying.
  program.configureHelp({
    optionDescription: (option) =>
      new Help().optionDescription(option).replace(/ \(default: (false|\[\])\)$/, ""),
  });
  program.exitOverride().configureOutput({
    writeOut: terminal.out,
    writeErr: terminal.err,
    getOutHasColors: () => terminal.colour,
  });
  try {
    await program.parseAsync([...argv], { from: "user" });
    return null;
  } catch (cause) {
    if (!(cause instanceof CommanderError)) throw cause;
    return cause.exitCode === 0 ? exitCodes.done : exitCodes.usage;
  }
}
