import type { Command } from "commander";
import type { Terminal } from "../terminal.ts";
import type { ReplayOptions } from "./run-replay.ts";

const EXAMPLES = `
Examples:
  sallyport journal replay 7f3a… --to ws://127.0.0.1:4000 --reason 'ticket 4711'
  sallyport journal replay 7f3a… --to ws://127.0.0.1:4000/chat --speed 10 --token "$(sallyport dev-token)" --reason 'ticket 4711'

Nothing is sent to the original upstream, to the gate, or to another machine, unless --yes-original or --yes-remote says so.
`;

/** Adds `sallyport journal replay`. @param place adds the options that say which journal */
export function addReplay(
  journal: Command,
  {
    terminal,
    finish,
    place,
  }: {
    readonly terminal: Terminal;
    readonly finish: (code: number) => void;
    readonly place: (command: Command) => Command;
  },
): void {
  place(journal.command("replay"))
    .description("send what a client sent to a test server, and compare what comes back")
    .argument("<session>", "the session, as `journal search` shows it")
    .requiredOption(
      "--to <url>",
      "the test server: ws://… or wss://…; without a path it is asked for the recorded one",
    )
    .option("--speed <factor>", "how many times as fast as then: 1, 10, …, or max", "1")
    .option("--origin <origin>", "the Origin, or none (default: the recorded one)")
    .option<readonly string[]>(
      "--header <field>",
      "a header field, such as 'Cookie: a=b'; repeatable",
      collect,
      [],
    )
    .option<readonly string[]>(
      "--subprotocol <name>",
      "what is offered; repeatable (default: the recorded one)",
      collect,
      [],
    )
    .option("--token <token>", "a bearer token")
    .option("--patience <duration>", "how long to wait for a reply that came then", "2s")
    .option("--partial", "send what is there, where not everything is", false)
    .option("--yes-original <host>", "the host of --to, typed, where the original is meant")
    .option("--yes-remote", "another machine may see what people wrote", false)
    .option("--reason <text>", "why contents are read; it is recorded")
    .option("--json", "write one JSON object a reply and line", false)
    .addHelpText("after", EXAMPLES)
    .action(async (session: string, options: ReplayOptions) => {
      const { runReplay } = await import("./run-replay.ts");
      finish(await runReplay(session, options, terminal));
    });
}

function collect(value: string, values: readonly string[]): readonly string[] {
  return [...values, value];
}
