import type { Command } from "commander";
import { exitCodes, type Terminal } from "./terminal.ts";

/** What `test` may be given. */
interface TestFlags {
  readonly journal: boolean;
  readonly json: boolean;
  readonly config?: string;
  readonly dir?: string;
  readonly key?: string;
  readonly payloadKeys?: string;
  readonly reason?: string;
  readonly claims?: string;
  readonly since?: string;
  readonly until?: string;
  readonly session?: string;
  readonly route?: string;
}

const EXAMPLES = `
Examples:
  sallyport test policy.test.yaml
  sallyport test --journal next.yaml --config sallyport.yaml --since 24h --reason "review of next.yaml"

With --journal it exits 1 when the policy refuses something that passed.
`;

/** Adds `sallyport test`. */
export function addTest(program: Command, terminal: Terminal, finish: (code: number) => void): void {
  const command = program
    .command("test")
    .description("play policy tests, or recorded traffic, against a policy, without any network")
    .argument(
      "[file...]",
      "files of policy tests, or folders with files *.test.yaml; with --journal the policy to try",
    )
    .option(
      "--journal",
      "play what a journal recorded to the policy, and show what it would have refused",
      false,
    )
    .option("--config <file>", "whose journal it is (with --journal)")
    .option("--dir <directory>", "the journal's directory, in place of --config")
    .option("--key <file>", "a file with a key of the journal")
    .option("--payload-keys <directory>", "where payload keys are, with --dir")
    .option("--reason <text>", "why recorded contents are read; it is recorded")
    .option("--claims <file>", "what users claim, by user: it is not recorded (with --journal)")
    .option("--since <time>", "not before a time, or how long ago")
    .option("--until <time>", "before a time, or how long ago")
    .option("--session <id>", "one session")
    .option("--route <route>", "one route, as it is recorded")
    .option("--json", "write one JSON object; with --journal one a line", false)
    .addHelpText("after", EXAMPLES);
  command.action(async (files: readonly string[], flags: TestFlags) => {
    const problem = problemOf(files, flags);
    if (problem !== null) command.error(`error: ${problem}`, { exitCode: exitCodes.usage });
    const { journal, ...options } = flags;
    if (journal) {
      const { testJournal } = await import("./test-journal.ts");
      const [policy] = files;
      finish(await testJournal(policy === undefined ? options : { ...options, policy }, terminal));
    } else {
      const { testPolicies } = await import("./test-policies.ts");
      finish(await testPolicies(files, { json: options.json }, terminal));
    }
  });
}

function problemOf(files: readonly string[], { journal, json: _json, ...others }: TestFlags): string | null {
  if (journal) return files.length > 1 ? "--journal tries one policy: expected one file" : null;
  if (files.length === 0) return "missing required argument 'file'";
  const [flag] = Object.keys(others);
  if (flag === undefined) return null;
  return `--${flag.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)} goes with --journal`;
}
