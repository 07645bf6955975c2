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
  const shared = commands
    .map(({ options }) => options)
    .reduce((common, options) =>
      common.filter(({ flags }) => options.some((option) => option.flags === flags)),
    );
  const which = section("Which journal", "Every command takes", shared);
  return `${[HEAD, which, ...commands.map((command) => commandSection(command, shared))].join("\n")}`;
}

function commandSection(command: Command, shared: readonly Option[]): string {
  const { registeredArguments, options } = command;
  const names = registeredArguments.map((argument) => ` <${argument.name()}>`).join("");
  const own = options.filter(({ flags }) => !shared.some((option) => option.flags === flags));
  const about = registeredArguments
    .map((argument) => `\`<${argument.name()}>\`: ${argument.description}.`)
    .join(" ");
  const does = `${sentence(command.description())}${about === "" ? "" : ` ${about}`}`;
  return section(`journal ${command.name()}${names}`, does, own);
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
