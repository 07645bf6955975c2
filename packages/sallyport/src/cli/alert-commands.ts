import type { Command } from "commander";
import type { AlertTestOptions } from "./alert-test.ts";
import type { Terminal } from "./terminal.ts";

const EXAMPLES = `
Examples:
  sallyport alert test
  sallyport alert test --config /etc/sallyport/sallyport.yaml

Exit codes: 0 every target took it, 1 one did not, 2 usage or configuration.
`;

/** Adds `alert test`. */
export function addAlert(program: Command, terminal: Terminal, finish: (code: number) => void): void {
  const alert = program.command("alert").description("the webhooks that are told of findings");
  alert
    .command("test")
    .description("send one alert to every webhook of `alerts`, and say what came back")
    .option("--config <file>", "the configuration (default: ./sallyport.yaml)")
    .option("--json", "write one JSON object", false)
    .addHelpText("after", EXAMPLES)
    .action(async (options: AlertTestOptions) => {
      const { alertTest } = await import("./alert-test.ts");
      finish(await alertTest(options, terminal));
    });
}
