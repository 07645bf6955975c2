/** What a terminal, a page, a spreadsheet or a reader of lines could be made to do by what a peer sent. */
export const hostileTexts: readonly string[] = [
  // Clears the screen, sets the title, writes the clipboard, reports back as if typed, switches the character set.
  "\u001b[2J\u001b[H\u001b]0;owned\u0007",
  "\u001b]52;c;cm0gLXJmIH4=\u0007",
  '\u001b[6n\u001b[21t\u001bP$q"p\u001b\\',
  "\u000e\u000f\u001b(0",
  "\u001b[8mhidden\u001b[0m\u001b]8;;https://evil.example\u0007click\u001b]8;;\u0007",
  // The same by C1 controls.
  "\u009b31m\u009d0;owned\u009c\u0090q\u009c",
  // Overwrites what stands before it.
  "drop\rpass",
  "ok\b\b\b\bBAD!",
  // Turns the direction, hides, joins.
  "\u202egnp.exe\u202c \u2066a\u2069 \u061c",
  "adm\u200bin \u2060\ufeff\u00ad",
  "\u{e0041}\u{e0042}\u{e007f} \ufe0f\u3164\u115f",
  `e${"\u0301\u0489".repeat(50)}`,
  // Ends lines.
  "one\r\ntwo\u2028three\u2029four\u0085five\vsix\fseven",
  "\n2026-11-30T12:00:00.000Z  gate  everything is fine",
  // Markup.
  "<script>alert(1)</script><!-- <img src=x onerror=alert(1)>",
  "</script><svg onload=alert(1)>&lt;",
  // Formulas.
  '=HYPERLINK("https://evil.example","x")',
  "+cmd|' /C calc'!A0",
  "-2+3+cmd|' /C calc'!A0",
  "@SUM(1+1)*cmd|' /C calc'!A0",
  "\t=1+1",
  '";=1+1;"',
  "＝1+1",
  // Not text, and too much of it.
  "\ud800 alone \udc00",
  "\u0000\u007f\uffff\ufffe",
  `${"x".repeat(200_000)}\u001b[2J`,
];
