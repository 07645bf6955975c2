import { byExpression, frameBefore, pathBefore, runOf, type BeforeSign } from "./leak-before-sign.ts";
import type { LeakDetector, LeakFind, LeakSpan, LeakText, LeakTrigger } from "./leak-detector.ts";

/** As far as a frame or a message of an error is looked at around its sign, bytes. */
const MAX_AROUND = 240;

/** Finds by what stands behind the beginning of a sign, itself included. */
function behind(pattern: RegExp): LeakFind {
  return (text, at) => {
    const match = pattern.exec(text.part(at, at + MAX_AROUND));
    return match === null ? null : { start: at, end: at + match[0].length };
  };
}

/** Finds by what stands before the end of a sign, and what follows it, which is mostly not there and so looked at first. */
function around(before: RegExp | BeforeSign, after: RegExp): LeakFind {
  const startOf = typeof before === "function" ? before : byExpression(before);
  return (text, at) => {
    const tail = after.exec(text.part(at, at + MAX_AROUND));
    if (tail === null) return null;
    const head = text.part(Math.max(0, at - MAX_AROUND), at);
    const start = startOf(head);
    return start === -1 ? null : { start: at - head.length + start, end: at + tail[0].length };
  };
}

const trigger = (words: readonly string[], find: LeakFind, ignoreCase = false): LeakTrigger => ({
  kind: "words",
  words,
  find,
  ignoreCase,
});

// A line of a trace begins behind a line break or a tab, which JSON may write as two characters or more.
const JAVA_FRAME = /(?<=[ntr\s])at [\w$.<>/@]{3,160}\([\w$]{0,60}$/;
const PYTHON_FRAME = /File \\{0,3}["'][^"'\n\\]{1,160}\\{0,3}["']$/;
const DOTNET_FRAME = /at [\w.`<>[\]+]{3,120}\([^"\n()]{0,80}\) in [^"\n]{1,120}$/;
const RUBY_FILE = runOf(/[\w./-]/, 120);
const GO_FILE = runOf(/[\w@./-]/, 160);

const stackTriggers: readonly LeakTrigger[] = [
  trigger(
    [".js:", ".mjs:", ".cjs:", ".ts:", ".mts:", ".jsx:", ".tsx:", ".vue:"],
    around(frameBefore, /^\.\w{2,3}:\d{1,6}:\d{1,6}\)?/),
  ),
  trigger(["(node:internal/", "(internal/"], around(frameBefore, /^\([\w/:.-]{1,80}:\d{1,6}:\d{1,6}\)/)),
  trigger([".java:", ".kt:", ".scala:", ".groovy:"], around(JAVA_FRAME, /^\.\w{2,6}:\d{1,6}\)/)),
  trigger(
    ["(Native Method)", "(Unknown Source)"],
    around(/(?<=[ntr\s])at [\w$.<>/@]{3,160}$/, /^\([\w ]{6,20}\)/),
  ),
  trigger(["Traceback (most recent call last)"], behind(/^Traceback \(most recent call last\):?/)),
  trigger([", line "], around(PYTHON_FRAME, /^, line \d{1,6}(?:, in [\w<>]{1,80})?/)),
  trigger([".cs:line ", ".vb:line ", ".fs:line "], around(DOTNET_FRAME, /^\.\w{2}:line \d{1,6}/)),
  trigger(["Exception: "], findDotnetException),
  trigger(
    ["PHP Fatal error:", "PHP Parse error:", "PHP Warning:"],
    behind(/^PHP (?:Fatal error|Parse error|Warning): {1,2}[^"\n\\]{1,160}/),
  ),
  trigger([".php(", ".php:"], around(pathBefore, /^\.php[(:]\d{1,6}\)?(?=[:\s\\"]|$)/)),
  trigger([".php on line "], around(pathBefore, /^\.php on line \d{1,6}/)),
  trigger([".rb:"], around(RUBY_FILE, /^\.rb:\d{1,6}:in [`'"\\]{1,3}[^'"\n\\]{1,80}'?/)),
  trigger(["goroutine "], behind(/^goroutine \d{1,9} \[[\w ,]{3,60}\]:/)),
  trigger(["panic: runtime error"], behind(/^panic: runtime error: [^"\n\\]{1,120}/)),
  trigger([".go:"], around(GO_FILE, /^\.go:\d{1,6} \+0x[0-9a-f]{1,8}/)),
  trigger(["panicked at "], behind(/^panicked at [^"\n]{0,120}\.rs:\d{1,6}:\d{1,6}/)),
];

/** An exception of .NET and the first frame of its trace, which names no file in a release. */
function findDotnetException(text: LeakText, at: number): LeakSpan | null {
  const head = /(?:[A-Z]\w{1,40}\.){1,6}\w{0,60}$/.exec(text.part(Math.max(0, at - 200), at))?.[0];
  const tail =
    /^Exception: [^"]{0,300}?(?:\\{1,4}[rn]|[\r\n]){1,2} {2,4}at [\w.`<>[\]+]{3,160}\([^"\n()]{0,80}\)/.exec(
      text.part(at, at + 640),
    )?.[0];
  return head === undefined || tail === undefined ? null : { start: at - head.length, end: at + tail.length };
}

const REST = String.raw`[^"\n]{0,120}`;
const sqlTriggers: readonly LeakTrigger[] = [
  // PostgreSQL
  trigger(
    ["syntax error at or near", "syntax error at end of input"],
    behind(new RegExp(`^syntax error at (?:or near|end of input)${REST}`)),
    true,
  ),
  trigger(
    [
      "violates unique constraint",
      "violates foreign key constraint",
      "violates check constraint",
      "violates not-null constraint",
    ],
    behind(new RegExp(`^violates [\\w-]{3,12} ?(?:key )?constraint${REST}`)),
  ),
  trigger(
    ['" does not exist'],
    around(
      /(?:relation|column|function|operator|database|role|type) \\{0,3}"[\w.() ]{1,80}\\{0,3}$/,
      /^" does not exist/,
    ),
  ),
  trigger(
    ["PG::", "org.postgresql.util.PSQLException", "psycopg2.errors.", "psycopg.errors."],
    behind(/^(?:PG::[A-Z]\w{3,40}|org\.postgresql\.util\.PSQLException|psycopg2?\.errors\.\w{3,40})/),
  ),
  trigger(
    ["unterminated quoted string at or near", "invalid input syntax for"],
    behind(
      new RegExp(
        `^(?:unterminated quoted string at or near|invalid input syntax for (?:type )?\\w{3,20}:)${REST}`,
      ),
    ),
  ),
  // MySQL and MariaDB
  trigger(
    ["You have an error in your SQL syntax"],
    behind(new RegExp(`^You have an error in your SQL syntax${REST}`)),
  ),
  trigger(["Duplicate entry '"], behind(/^Duplicate entry '[^"\n]{0,120}' for key/)),
  trigger(
    ["Unknown column '", "Unknown table '", "Unknown database '"],
    behind(/^Unknown (?:column|table|database) '[^'"\n]{1,80}'(?: in)?/),
  ),
  trigger(["' doesn't exist"], around(/Table '[\w.$-]{1,100}$/, /^' doesn't exist/)),
  trigger(["SQLSTATE["], behind(new RegExp(`^SQLSTATE\\[\\w{5}\\]${REST}`))),
  trigger(["Access denied for user '"], behind(/^Access denied for user '[^"\n]{1,80}'@'[^"\n']{1,80}'/)),
  trigger(
    ["ER_"],
    behind(/^ER_(?:DUP_ENTRY|PARSE_ERROR|NO_SUCH_TABLE|BAD_FIELD_ERROR|ACCESS_DENIED_ERROR|BAD_DB_ERROR): /),
  ),
  trigger(
    ["com.mysql.", "java.sql.SQL"],
    behind(/^(?:com\.mysql\.[\w.]{3,60}Exception|java\.sql\.SQL\w{0,40}Exception)/),
  ),
  // SQLite
  trigger(
    ["SQLITE_"],
    behind(
      new RegExp(`^SQLITE_(?:ERROR|CONSTRAINT\\w{0,20}|BUSY|LOCKED|CORRUPT|READONLY|CANTOPEN): ${REST}`),
    ),
  ),
  trigger(
    ["no such table: ", "no such column: ", "no such function: "],
    behind(/^no such (?:table|column|function): [\w.]{1,80}/),
  ),
  trigger(
    ["constraint failed: "],
    around(/(?:UNIQUE|NOT NULL|CHECK|FOREIGN KEY) $/, /^constraint failed: [\w.]{1,80}/),
  ),
  trigger([": syntax error"], around(/near \\{0,3}"[^"\n\\]{0,60}\\{0,3}"$/, /^: syntax error/)),
  trigger(
    ["sqlite3.OperationalError", "sqlite3.IntegrityError", "sqlite3.ProgrammingError"],
    behind(/^sqlite3\.\w{4,20}Error: [^"\n]{1,120}/),
  ),
  // SQL Server
  trigger(["Unclosed quotation mark after"], behind(new RegExp(`^Unclosed quotation mark after${REST}`))),
  trigger(["Incorrect syntax near"], behind(new RegExp(`^Incorrect syntax near${REST}`))),
  trigger(
    ["Invalid object name '", "Invalid column name '"],
    behind(/^Invalid (?:object|column) name '[^'"\n]{1,100}'/),
  ),
  trigger(["Violation of "], behind(/^Violation of (?:PRIMARY|UNIQUE|FOREIGN) KEY constraint[^"\n]{0,120}/)),
  trigger(["conflicted with the "], behind(/^conflicted with the (?:FOREIGN|REFERENCE|CHECK)[^"\n]{0,120}/)),
  trigger(
    ["System.Data.SqlClient.SqlException", "Microsoft.Data.SqlClient.SqlException"],
    behind(/^\w{6,9}\.Data\.SqlClient\.SqlException/),
  ),
  // Oracle
  trigger(["ORA-"], behind(/^ORA-\d{5}: [^"\n]{1,120}/)),
  trigger(["PLS-"], behind(/^PLS-\d{5}: [^"\n]{1,120}/)),
];

/** What an application tells of itself when it fails. */
export const errorDetectors: readonly LeakDetector[] = [
  {
    id: "stack-trace",
    group: "errors",
    what: "Stack traces of Node.js, Java, Python, .NET, PHP, Ruby, Go and Rust",
    validation: "a frame with its file and line, or the words with which a trace begins",
    finds: "at handle (/srv/app.js:12:5), Traceback (most recent call last)",
    passes: "src/app.js:12:5 without a frame, “an error occurred at 12:05”",
    triggers: stackTriggers,
  },
  {
    id: "sql-error",
    group: "errors",
    what: "Errors of PostgreSQL, MySQL, SQLite, SQL Server and Oracle, and of their drivers",
    validation: "the words of the database's own message",
    finds: 'ORA-00942: …, SQLSTATE[42S22]: …, near "FORM": syntax error',
    passes: "“syntax error at line 4”, an error code alone",
    triggers: sqlTriggers,
  },
];
