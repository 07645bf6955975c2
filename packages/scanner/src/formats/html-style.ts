/** The style of the HTML report: light and dark, narrow and wide, and on paper. */
export const HTML_STYLE = `
:root { color-scheme: light dark; --ink: #1b1f24; --soft: #57606a; --line: #d8dee4; --ground: #fff; --card: #f6f8fa;
  --critical: #8e1519; --high: #b42318; --medium: #8a5a00; --low: #0b6077; --info: #57606a; --good: #1a6b2f; --out: #0550ae; --in: #5b3cc4; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --soft: #9aa4ae; --line: #363c44; --ground: #0f1318; --card: #181d23;
  --critical: #ff8f8c; --high: #ff9d8f; --medium: #e5b567; --low: #72c7dd; --info: #9aa4ae; --good: #7ee2a0; --out: #79b8ff; --in: #c2a8ff; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 60rem; padding: 1.5rem 1rem 4rem; color: var(--ink); background: var(--ground);
  font: 1rem/1.55 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0 0 .25rem; }
h2 { font-size: 1.15rem; margin: 2.5rem 0 .75rem; }
h3 { font-size: 1.05rem; margin: 0; }
h4 { font-size: .8rem; margin: 1rem 0 .25rem; color: var(--soft); text-transform: uppercase; letter-spacing: .04em; }
p { margin: .35rem 0; }
a { color: inherit; }
a:focus-visible, summary:focus-visible { outline: 3px solid var(--out); outline-offset: 2px; }
.soft, dt { color: var(--soft); }
.warning { border-left: 4px solid var(--high); padding: .5rem .75rem; background: var(--card); }
.tally { display: flex; flex-wrap: wrap; gap: .5rem; list-style: none; padding: 0; margin: 1rem 0; }
.tally li { border: 1px solid var(--line); border-radius: .5rem; padding: .4rem .8rem; background: var(--card); }
.tally b { font-size: 1.3rem; margin-right: .35rem; }
article { border: 1px solid var(--line); border-left: 5px solid var(--tone); border-radius: .5rem; padding: 1rem; margin: 1rem 0; }
article header { display: flex; flex-wrap: wrap; gap: .35rem .75rem; align-items: baseline; }
.tone { color: var(--tone); font-weight: 600; text-transform: uppercase; font-size: .8rem; letter-spacing: .04em; }
.critical { --tone: var(--critical); } .high { --tone: var(--high); } .medium { --tone: var(--medium); }
.low { --tone: var(--low); } .info { --tone: var(--info); } .good { --tone: var(--good); }
pre, code { font-family: ui-monospace, monospace; font-size: .85rem; }
pre { margin: .25rem 0; padding: .6rem .75rem; background: var(--card); border-radius: .35rem; white-space: pre-wrap; }
pre .out { color: var(--out); } pre .in { color: var(--in); } pre .event { color: var(--soft); }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1rem; margin: .5rem 0; }
dd { margin: 0; min-width: 0; }
details { border-top: 1px solid var(--line); padding: .5rem 0; }
summary { cursor: pointer; font-weight: 600; }
details ul { padding-left: 1.2rem; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; margin: .5rem 0; }
th, td { text-align: left; vertical-align: top; padding: .35rem .6rem .35rem 0; border-bottom: 1px solid var(--line); }
th { color: var(--soft); font-weight: 600; }
@media (max-width: 34rem) { thead { position: absolute; clip-path: inset(50%); width: 1px; height: 1px; overflow: hidden; }
  tr { display: block; border-bottom: 1px solid var(--line); padding: .4rem 0; } td { display: block; border: 0; padding: .1rem 0; }
  td:empty { display: none; } td::before { content: attr(data-name) ": "; color: var(--soft); } }
@media (max-width: 30rem) { dl { grid-template-columns: 1fr; gap: 0; } dd { margin-bottom: .4rem; } }
@media print { :root { color-scheme: light; } body { max-width: none; padding: 0; font-size: 10pt; }
  article { break-inside: avoid-page; } pre { border: 1px solid var(--line); } details::details-content { content-visibility: visible; } }
`;
