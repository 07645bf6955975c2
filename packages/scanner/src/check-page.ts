import { type CheckFacts, groups, type References, type Remedy } from "./check.ts";

const GENERATED = "<!-- Written by `npm run docs` from packages/scanner/src/checks. -->";

const BROWSER = "\n\nIt needs `--browser`: [prove a hijack](../how-to/prove-a-hijack.md).";

const IMPACTS = {
  safe: "It sends what any client might.",
  heavy: "It asks for work or memory, within bounds.",
  destructive: "It may end the target's process: it runs with `--destructive` alone.",
} as const;

/** The page of one check, in Markdown: everything that the check says about itself. */
export function renderCheckPage(check: CheckFacts): string {
  const { id, title, group, severity, cvss, impact = "safe", about, decides, sends } = check;
  return `${GENERATED}
# ${id}

**${title}.** Group: ${group}. Severity: ${severity} (\`${cvss}\`). ${IMPACTS[impact]}

## Why it matters

${about}

## How it is decided

${decides}

Sent: ${sends}.

\`${commandOf(check)}\`${check.needsBrowser === true ? BROWSER : ""}

## How it is mended

${remedyOf(check.remedy)}

## References

${referencesOf(check.references)
  .map((line) => `- ${line}`)
  .join("\n")}

[All checks](README.md)
`;
}

function commandOf({ id, group, needsBrowser = false }: CheckFacts): string {
  if (group === "client")
    return `sallyport-scan --listen --only ${id} --client-command 'node my-client.js {url}'`;
  return `sallyport-scan --only ${id} ${needsBrowser ? "--browser --storage-state login.json https://app.example.com/" : "wss://app.example.com/chat"}`;
}

/** The list of all checks, in Markdown. */
export function renderCheckList(checks: readonly CheckFacts[]): string {
  const sections = groups.flatMap((group) => {
    const rows = checks
      .filter((check) => check.group === group)
      .map(
        ({ id, title, severity, impact = "safe" }) =>
          `| [${id}](${id}.md) | ${title} | ${severity} | ${impact} |`,
      );
    return rows.length === 0
      ? []
      : [
          [`## ${group}`, "", "| check | fault | severity | impact |", "|---|---|---|---|", ...rows].join(
            "\n",
          ),
        ];
  });
  return `${GENERATED}
# Checks of the scanner

${checks.length} checks. Each decides by what the endpoint does, against a normal connection that is made first; none by a version.
Those of the group \`client\` are for clients, to which the scanner is a hostile server: see [test a client](../how-to/test-a-client.md).
What they say of real packages, with a flaw and without it, is in [the corpus](corpus.md); what of current releases, in
[their table](current-releases.md).

${sections.join("\n\n")}
`;
}

/** References as lines of Markdown. */
function referencesOf({
  cwe,
  asvs = [],
  rfc = [],
  advisories = [],
  cheatSheet = false,
}: References): string[] {
  return [
    ...cwe.map((number) => `[CWE-${number}](https://cwe.mitre.org/data/definitions/${number}.html)`),
    ...asvs.map((section) => `OWASP ASVS v5.0.0-${section}`),
    ...rfc,
    ...advisories.map((advisory) => `${advisory}, which had the same fault`),
    ...(cheatSheet
      ? [
          "[OWASP WebSocket Security Cheat Sheet](https://cheatsheetseries.owasp.org/cheatsheets/WebSocket_Security_Cheat_Sheet.html)",
        ]
      : []),
  ];
}

function remedyOf({ summary, ws, socketIo, nginx, sallyport }: Remedy): string {
  const lines = [
    ["`ws`", ws, "js"],
    ["Socket.IO", socketIo, "js"],
    ["nginx", nginx, "nginx"],
    ["`sallyport.yaml`", sallyport, "yaml"],
  ] as const;
  const blocks = lines.flatMap(([name, code, language]) =>
    code === undefined ? [] : [`${name}:\n\n\`\`\`${language}\n${code}\n\`\`\``],
  );
  return [summary, ...blocks].join("\n\n");
}
