import type { CorpusRandom } from "./corpus-random.ts";
import type { LeakValue } from "./leak-sample.ts";

type Make = (random: CorpusRandom) => string;

const files = ["server", "users", "orders", "billing", "auth", "session", "api", "worker"];
const functions = ["handle", "findUser", "charge", "loadOrder", "verify", "onMessage", "run", "query"];
const classes = ["UserService", "OrderController", "PaymentGateway", "SessionStore", "MessageHandler"];
const line = (random: CorpusRandom): number => random.between(3, 900);

const traces: Readonly<Record<string, Make>> = {
  node: (r) =>
    `TypeError: Cannot read properties of undefined (reading 'id')\n    at ${r.pick(functions)} (/srv/app/src/${r.pick(files)}.js:${line(r)}:17)\n    at async ${r.pick(classes)}.${r.pick(functions)} (file:///srv/app/dist/${r.pick(files)}.mjs:${line(r)}:9)\n    at process.processTicksAndRejections (node:internal/process/task_queues:105:5)`,
  java: (r) =>
    `java.lang.NullPointerException: Cannot invoke "String.length()"\n\tat com.example.${r.pick(files)}.${r.pick(classes)}.${r.pick(functions)}(${r.pick(classes)}.java:${line(r)})\n\tat org.springframework.web.servlet.FrameworkServlet.service(FrameworkServlet.java:897)\nCaused by: java.sql.SQLException: closed\n\t... 12 more`,
  python: (r) =>
    `Traceback (most recent call last):\n  File "/app/${r.pick(files)}.py", line ${line(r)}, in ${r.pick(functions)}\n    return ${r.pick(files)}[key]\nKeyError: 'user_id'`,
  dotnet: (r) =>
    `System.NullReferenceException: Object reference not set to an instance of an object.\r\n   at Example.Web.${r.pick(classes)}.${r.pick(functions)}(String id) in C:\\src\\Web\\${r.pick(classes)}.cs:line ${line(r)}\r\n   at Microsoft.AspNetCore.Mvc.Infrastructure.ActionMethodExecutor.Execute()`,
  php: (r) =>
    `PHP Fatal error:  Uncaught TypeError: strlen() expects a string in /var/www/html/${r.pick(files)}.php:${line(r)}\nStack trace:\n#0 /var/www/html/${r.pick(files)}.php(${line(r)}): ${r.pick(functions)}(NULL)\n#1 {main}\n  thrown in /var/www/html/index.php on line 12`,
  ruby: (r) =>
    `/app/lib/${r.pick(files)}.rb:${line(r)}:in \`${r.pick(functions)}': undefined method \`name' for nil:NilClass (NoMethodError)\n\tfrom /app/lib/${r.pick(files)}.rb:${line(r)}:in \`block in run'\n\tfrom /app/bin/run:${line(r)}:in '<main>'`,
  go: (r) =>
    `panic: runtime error: invalid memory address or nil pointer dereference\n[signal SIGSEGV: segmentation violation code=0x1 addr=0x0 pc=0x4a2f1b]\n\ngoroutine ${r.between(1, 90)} [running]:\nmain.${r.pick(functions)}(0xc000012345)\n\t/home/build/app/${r.pick(files)}.go:${line(r)} +0x1b\nexit status 2`,
};

const tables = ["users", "orders", "payments", "sessions", "messages"];
const sqlErrors: Readonly<Record<string, readonly Make[]>> = {
  postgresql: [
    (r) => `ERROR:  syntax error at or near "${r.pick(["'", "FROM", "WHERE", ")"])}" at character ${line(r)}`,
    (r) => `duplicate key value violates unique constraint "${r.pick(tables)}_email_key"`,
    (r) => `relation "${r.pick(tables)}_old" does not exist`,
    (r) =>
      `PG::UndefinedColumn: ERROR:  column "${r.pick(files)}" does not exist\nLINE 1: SELECT * FROM ${r.pick(tables)}`,
  ],
  mysql: [
    (r) =>
      `You have an error in your SQL syntax; check the manual that corresponds to your MySQL server version for the right syntax to use near '${r.pick(tables)}' at line 1`,
    (r) => `Table 'shop.${r.pick(tables)}' doesn't exist`,
    (r) => `Duplicate entry 'a@example.com' for key '${r.pick(tables)}.email'`,
    (r) => `SQLSTATE[42S22]: Column not found: 1054 Unknown column '${r.pick(files)}' in 'where clause'`,
  ],
  sqlite: [
    (r) => `SQLITE_ERROR: no such table: ${r.pick(tables)}`,
    (r) => `UNIQUE constraint failed: ${r.pick(tables)}.email`,
    (r) => `near "${r.pick(["FORM", "SELCT", "'"])}": syntax error`,
    (r) => `sqlite3.OperationalError: no such column: ${r.pick(files)}`,
  ],
  mssql: [
    () => "Unclosed quotation mark after the character string 'x'.",
    (r) => `Incorrect syntax near '${r.pick(tables)}'.`,
    (r) => `Invalid object name 'dbo.${r.pick(tables)}'.`,
    (r) =>
      `Violation of PRIMARY KEY constraint 'PK_${r.pick(tables)}'. Cannot insert duplicate key in object 'dbo.${r.pick(tables)}'.`,
  ],
  oracle: [
    () => "ORA-00942: table or view does not exist",
    () => "ORA-01756: quoted string not properly terminated",
    (r) => `ORA-00001: unique constraint (APP.${r.pick(tables).toUpperCase()}_PK) violated`,
    () => "java.sql.SQLSyntaxErrorException: ORA-00933: SQL command not properly ended",
  ],
};

/** Stack traces of seven runtimes. */
export function traceValues(random: CorpusRandom): readonly LeakValue[] {
  return Object.entries(traces).flatMap(([kind, make]) =>
    Array.from({ length: 18 }, () => ({
      detector: "stack-trace",
      kind,
      value: make(random),
      label: "error",
      field: "error",
      bare: true,
    })),
  );
}

/** Errors of five databases. */
export function sqlErrorValues(random: CorpusRandom): readonly LeakValue[] {
  return Object.entries(sqlErrors).flatMap(([kind, makers]) =>
    Array.from({ length: 24 }, (_, index) => ({
      detector: "sql-error",
      kind,
      value: makers[index % makers.length]?.(random) ?? "",
      label: "error",
      field: "message",
      bare: true,
    })),
  );
}

const addresses: Readonly<Record<string, Make>> = {
  "10/8": (r) => `10.${r.between(0, 255)}.${r.between(0, 255)}.${r.between(1, 254)}`,
  "172.16/12": (r) => `172.${r.between(16, 31)}.${r.between(0, 255)}.${r.between(1, 254)}`,
  "192.168/16": (r) => `192.168.${r.between(0, 255)}.${r.between(1, 254)}`,
  "169.254/16": (r) => `169.254.${r.between(0, 255)}.${r.between(1, 254)}`,
  "with a port": (r) =>
    `http://10.${r.between(0, 255)}.${r.between(0, 255)}.${r.between(1, 254)}:8080/health`,
  "unique local": (r) =>
    `fd${r.text(2, "0123456789abcdef")}:${r.text(4, "123456789abcdef")}:${r.text(4, "123456789abcdef")}::${r.between(1, 99)}`,
  "link local": (r) =>
    `fe80::${r.text(4, "123456789abcdef")}:${r.text(4, "123456789abcdef")}:fe12:${r.text(4, "123456789abcdef")}`,
  "host name": (r) =>
    `${r.pick(["db", "redis", "kafka", "api"])}-${r.between(1, 9)}.${r.pick(["eu.internal", "corp", "svc.cluster.local", "prod.internal", "lan", "ec2.internal"])}`,
};

/** Addresses and host names that are reached from inside only. */
export function addressValues(random: CorpusRandom): readonly LeakValue[] {
  return Object.entries(addresses).flatMap(([kind, make]) =>
    Array.from({ length: 15 }, () => ({
      detector: "internal-address",
      kind,
      value: make(random),
      label: "host",
      field: "host",
      bare: true,
    })),
  );
}

/** Lists of e-mail addresses: twenty to sixty people in one message. */
export function emailLists(random: CorpusRandom): readonly LeakValue[] {
  const people = ["ann", "bo", "chen.wei", "dana_n", "e.martin", "farid+list", "gita-r"];
  const hosts = ["example.com", "mail.example.org", "example.co.uk", "sub.example.net"];
  return Array.from({ length: 104 }, (_, index) => {
    const list = Array.from(
      { length: random.between(20, 60) },
      (__, n) => `${random.pick(people)}${n}@${random.pick(hosts)}`,
    );
    const value = list.join(index % 2 === 0 ? ", " : "\n");
    return { detector: "email", kind: "list", value, label: "members", field: "members", bare: true };
  });
}
