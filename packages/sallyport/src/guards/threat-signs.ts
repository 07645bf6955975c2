/** Commands that are worth a closer look behind an operator of the shell. */
const COMMANDS =
  "cat|ls|id|whoami|uname|ps|wget|curl|ping|sleep|rm|nc|ncat|bash|sh|zsh|dir|type|net|echo|printenv|env|touch|chmod|kill|reboot|shutdown|mail|ip|ifc|netstat|nslookup|host|dig|python|perl|php|ruby|node|power|cmd|cert|bits|systeminfo|task|head|tail|more|less|find|grep|base64|xxd|cron|user|pass|sudo|ssh|scp|tftp|ftp|telnet|awk|lsof|docker|kube|aws|tee|xargs|export|set|history|last|w\\b|xterm|calc|exec|mk|who|wmic";
/** Others that a shell runs, where two operators of it stand together. */
const MORE_COMMANDS =
  "chown|ksh|pwd|su|sed|lua|socat|nmap|busybox|wmic|regsvr32|rundll32|mshta|egrep|sort|printf|date|time|cp|mv|dd|tar|zip|make|git|source|eval|read|cd|df|du|ln|man|vim?|nano|finger|file|strings|nl|tac|rev|cut|start|copy|del|move|ver|vol|timeout|systemctl|service|mount|lynx|gcc|useradd|mkfifo";
/** Words of SQL behind a semicolon. */
const STATEMENTS =
  "drop|truncate|delete|insert|update|alter|create|exec|declare|shutdown|waitfor|select|copy|attach|begin|if|grant|alert|document|eval|import|location";
/** What follows the quote that breaks out of a text or an attribute: words, and signs. */
const BREAKOUT_WORDS =
  "or\\b|and\\b|union|xor|having|order|group|limit|r?like\\b|in\\b|is\\b|between|into|procedure|where|id['\\\\]|whoami|on[a-z]{4}|auto|style|alert|confirm|prompt|import|exec|system|eval|document";
const BREAKOUT = `(?:[ )+\\]}]|\\\\[nrt]){0,3}(?:${BREAKOUT_WORDS}|[-=*/|&^;#<>!+%$\`]|\\d{1,2}:\\d)`;
/** Names before a bracket. */
const CALLS =
  "alert|confirm|prompt|eval|msgbox|sleep|benchmark|char|chr|concat|concat_ws|cast|convert|version|database|user|load_file|system|exec|passthru|popen|phpinfo|constructor|fromcharcode|write|writeln|import|expression|exists|ascii|substring|substr|mid|length|ord|extractvalue|updatexml|if|getscript|forname|getruntime|getclass|getclassloader|row|json_extract|json_length|randomblob|analyse|rand|count|atob|iex|downloadstring|receive_message|foreach|settimeout|select|dump|lookup|cookie|sleep|getresource";
const SHORT_CALLS =
  "t|set|or|and|in|open|new|hex|print|escape|source|fetch|user|if|row|char|chr|mid|ord|length|version|database|import|current_setting|write";
const SPACED_CALLS = "sleep|benchmark|alert|concat|char|union|select|version|database|or|and|eval|exec";
/** Of escapes in JSON, what hides something behind an operator; others are signs themselves. */
const HIDING = "\\\\[\\\\\"'t]";
/** What an operator of logic stands before in SQL. */
const OPERAND = `[(!~+ -]{0,8}(?:[\\d'"]|${HIDING}|true|false|not|null|sleep|exists|select|ascii|ord|sub|mid|length|char|left|right|hex|user|database|version|if\\b|case|row|benchmark|elt|extractvalue|updatexml)`;
/** Names that an expression of a template is worth a look for. */
const TELLING =
  "header|applicationscope|sessionscope|requestscope|pagecontext|facescontext|param|cookie|initparam|process|class|getclass|ifs|self|java|constructor|global|require|config|request|this|context|env|sys";
/** An expression of nothing but names, as programs have many. */
const NAMES = `(?!(?:${TELLING})\\b)[a-z]\\w{0,40}(?:\\.(?!(?:${TELLING})\\b)[a-z]\\w{0,40}){0,4}\\}`;
const GAP = "(?:[ +]|\\\\t|%20){0,2}";
/** What stands behind `&&` and `||`. */
const OPERATED = `${OPERAND}|${GAP}\\(?(?:${COMMANDS}|(?:${MORE_COMMANDS})\\b|/[^/ ]|[{$]|${HIDING})`;

/** A sign, and what makes it more than punctuation. */
export interface Sign {
  readonly sign: string;
  /** What must stand behind it, a character of these, letters in either case. */
  readonly next: string;
  /** The sign itself and what follows it. Every repetition is bounded. */
  readonly pattern: string;
}

const DIGITS = "0123456789";
const LETTERS = "abcdefghijklmnopqrstuvwxyz";
const WORDS = `${LETTERS}${DIGITS}_`;
/** Every character of ASCII: what stands before such a sign decides. */
const ANY = String.fromCharCode(...Array.from({ length: 128 }, (_, code) => code));

const common: readonly Sign[] = [
  {
    sign: "<",
    next: `${LETTERS}${DIGITS}!?/%#&>([$\\<`,
    pattern: "<(?:[a-z!?/%#&>(\\[$\\\\<\\xa0]|(?<=\\d<)\\d)",
  },
  { sign: ">", next: DIGITS, pattern: "(?<=\\d)>\\d" },
  { sign: "'", next: ` )+]}\\-=*/|&^;#<>!+%$\`${WORDS}`, pattern: `'${BREAKOUT}` },
  { sign: "`", next: ` /$${LETTERS}`, pattern: `\`[ ]?(?:${COMMANDS}|on[a-z]|/|\\$(?!\\{))` },
  {
    sign: "$",
    next: `({@*.${WORDS}`,
    pattern: `\\$(?:[(@*0]|ifs|\\{(?!${NAMES})|\\w{0,20}\\.(?:class|getclass))`,
  },
  {
    sign: "%",
    next: "01234567ceu%{swa",
    pattern: "%(?:[01]|2[1-9a-f]|[3-7][\\da-f]|c[01]|e0|u[\\da-f]{4}|%3|\\{|systemr|windir|userp|appd)",
  },
  {
    sign: "{",
    next: `{%$=#/${LETTERS}${DIGITS}`,
    pattern:
      "\\{(?:[{%$=#]|\\d|/?php|system|exec|passthru|shell|readfile|fetch|if |self|literal|smarty|[a-z]{2,10},[^\\s{}])",
  },
  {
    sign: "(",
    next: ANY,
    pattern: `\\((?:(?<=[a-z\\d_]\\()(?<=(?:${CALLS}|\\b(?:${SHORT_CALLS}))\\()|(?<=(?:${SPACED_CALLS}) \\()| ?select|#|java|vb|data:|\\) ?\\{ ?[:i])`,
  },
  {
    sign: "=",
    next: ANY,
    pattern: `=(?:(?<=\\bon[a-z]{3,24}\\s?=)|(?<=[\\d'")]\\s?=)\\s?[\\d'"(\\\\]|(?<=\\b(?:or|and|having|where) \\w{1,10} ?=)| ?(?:file|gopher|dict|ldap):)`,
  },
  {
    sign: "&",
    next: ` #&${LETTERS}`,
    pattern: `&(?:#|&(?:${OPERATED})|[ ]?(?:${COMMANDS})(?!=|\\w)|lt|gt|quot|apos|tab|colon|newline|[lr]par|sol|bsol|period|grave|l?c?u?brace|lcub|rcub|dollar|equals)`,
  },
  {
    sign: "|",
    next: ` |+\\%/${LETTERS}`,
    pattern: `\\|(?: ?\\|(?:${OPERATED})|${GAP}(?:${COMMANDS}|/|attr|filter|map|sort|file_ex))`,
  },
  {
    sign: "#",
    next: "{safc_w",
    pattern: "#(?:\\{|set|assign|foreach|_member|context|with)",
  },
  {
    sign: "@",
    next: "@({shjl1[",
    pattern: "@(?:[@({]|system|html|java|127\\.|local|169\\.|10\\.|192\\.168|\\[:)",
  },
];

const GROUPS = `${GAP}(?:${COMMANDS}|${STATEMENTS}|/[^/ ]|\\{[a-z]|[$>'])`;
const BREAK = `(?:[ \\t]|\\\\[nr]){0,2}(?:${COMMANDS}|/[^/*])`;

/** Signs in a text of JSON. */
export const signsInJson: readonly Sign[] = [
  ...common,
  { sign: ";", next: ` +\\%/{$>'${LETTERS}`, pattern: `;(?:${GROUPS}|${GAP}\\\\[\\\\"'])` },
  {
    sign: "\\",
    next: `"'\\/unr`,
    pattern: `\\\\(?:["']${BREAKOUT}|\\\\(?:[\\\\.a-z?$"']|\\d)|/|u(?:00[0-7]|ff|2[02]|30)|[nr]${BREAK})`,
  },
];

/** Signs in a text that is none. */
export const signsInText: readonly Sign[] = [
  ...common,
  { sign: ";", next: ` +\\%/{$>'${LETTERS}`, pattern: `;(?:${GROUPS}|${GAP}\\\\)` },
  { sign: '"', next: ANY, pattern: `"${BREAKOUT}` },
  { sign: "\\", next: ANY, pattern: `\\\\(?:[\\\\.a-z?$"'/]|\\d)` },
  { sign: "\r", next: ANY, pattern: `[\\r\\n]{1,2}${BREAK}` },
  { sign: "\n", next: ANY, pattern: `[\\r\\n]{1,2}${BREAK}` },
];

/** Lists of words by what stands before them, for `threat-sign-look.ts`. */
export const signWords: Readonly<
  Record<
    "commands" | "statements" | "breakout" | "calls" | "spacedCalls" | "operated" | "references" | "names",
    string
  >
> = {
  commands: COMMANDS,
  statements: STATEMENTS,
  breakout: BREAKOUT_WORDS,
  calls: `${CALLS}|${SHORT_CALLS}`,
  spacedCalls: SPACED_CALLS,
  names: TELLING,
  operated: `${MORE_COMMANDS}|true|false|not|null|exists|select|ascii|ord|sub|mid|length|char|left|right|hex|user|database|version|if|case|row|benchmark|elt|extractvalue|updatexml`,
  references:
    "lt|gt|quot|apos|tab|colon|newline|lpar|rpar|sol|bsol|period|grave|brace|cub|ubrace|ucub|lbrace|lcub|lubrace|lucub|rcub|dollar|equals",
};
