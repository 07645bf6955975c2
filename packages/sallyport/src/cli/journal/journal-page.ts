import { Command, type Option } from "commander";
import { addJournal } from "./journal-commands.ts";

const HEAD = `<!-- Generated from the source by \`npm run docs\`: edit the commands, not this page. -->

# Commands on the journal

What \`sallyport journal --help\` says, on one page; [how to investigate](../how-to/investigate.md) says when to use which. Results go to standard
output, and what is said about them (counts, what was left out) to standard error. Exit codes: 0 done, 1 the journal is broken or a proof
proves nothing, 2 usage or configuration, 3 could not reach.

Times are ISO 8601 (\`2026-11-30T12:00:00Z\`; \`2026-11-30\` begins at midnight UTC; without a zone they are the machine's) or say how long ago:
\`90s\`, \`2h\`, \`30d\`. Every record has an id such as \`12:3\`, its frame and its position there, which never changes.
`;

/** The page `docs/reference/journal-commands.md`: every command of the journal, with its options. */
export function renderJournalPage(): string {
  const program = new Command("sallyport");
  const terminal = { out: () => undefined, err: () => undefined, colour: false, directory: "" };
  addJournal(program, { terminal, finish: () => undefined, version: "" });
  const commands = program.commands.flatMap((journal) => journal.commands);
  const place = commonOf(commands);
  const filter = commonOf(commands.filter((command) => has(command, "--text <text>"))).filter(
    ({ flags }) => !place.some((option) => option.flags === flags),
  );
  const which = section("Which journal", "Every command takes", place);
  const records = section(
    "Which records",
    `${listOf(commands.filter((one) => has(one, "--text <text>")))} take`,
    filter,
  );
  const shared = [...place, ...filter];
  return [HEAD, which, records, ...commands.map((command) => commandSection(command, shared))].join("\n");
}

function has({ options }: Command, flags: string): boolean {
  return options.some((option) => option.flags === flags);
}

/** Options that all of some commands have. */
function commonOf(commands: readonly Command[]): readonly Option[] {
  const [first, ...others] = commands;
  return (first?.options ?? []).filter((option) =>
    others.every(({ options }) => options.some((other) => isSame(other, option))),
  );
}

function isSame(option: Option, other: Option): boolean {
  return option.flags === other.flags && option.description === other.description;
}

function listOf(commands: readonly Command[]): string {
  const names = commands.map((command) => `\`${command.name()}\``);
  return `${names.slice(0, -1).join(", ")} and ${names.at(-1) ?? ""}`;
}

function commandSection(command: Command, shared: readonly Option[]): string {
  const { registeredArguments, options } = command;
  const names = registeredArguments.map((argument) => ` <${argument.name()}>`).join("");
  const own = options.filter((option) => !shared.some((other) => isSame(other, option)));
  const about = registeredArguments
    .map((argument) => `\`<${argument.name()}>\`: ${argument.description}.`)
    .join(" ");
  const filtered = has(command, "--text <text>") ? " Which ones: [above](#which-records)." : "";
  const does = [sentence(command.description()), about].filter((text) => text !== "").join(" ");
  return section(`journal ${command.name()}${names}`, `${does}${filtered}`, own);
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

function section(title: string, text: string, options: readonly Option[]): string {
  const rows = options.map(({ flags, description, mandatory }) => {
    const required = mandatory ? "; it must be written" : "";
    return `| \`${flags.replaceAll("|", String.raw`\|`)}\` | ${description.replaceAll("|", String.raw`\|`)}${required} |`;
  });
  return `## ${title}\n\n${text}\n\n| option | |\n|---|---|\n${rows.join("\n")}\n`;
}
