import type { LeakDetector, LeakFind } from "./leak-detector.ts";

/** Schemes of what is reached with a password in its address (RFC 3986 3.2.1): databases, queues and files. */
const schemes = [
  "postgres",
  "postgresql",
  "mysql",
  "mariadb",
  "mongodb",
  "mongodb+srv",
  "redis",
  "rediss",
  "amqp",
  "amqps",
  "sqlserver",
  "clickhouse",
  "ldaps",
  "sftp",
  "ftp",
];

/** As much of an address as is looked at, bytes. */
const MOST = 400;

// A user, and a password up to the sign before the host. JSON may write a slash with a backslash.
const ADDRESS = /^[\w+]{3,16}:(?:\\?\/){2}[^\s:@/"'`\\<>]{0,64}:([^\s@/"'`\\<>]{3,256})@[\w[]/;
/** What stands in the place of a password in documents and templates, and what a mask leaves. */
const PLACEHOLDER =
  /^(?:[$%{[].*|[*x.#_-]+|\.{3}|pass(?:word|wd)?|pwd|secret|user|example|changeme|your[-_]?\w*|redacted|hidden|masked)$/i;

const find: LeakFind = (text, at) => {
  const found = ADDRESS.exec(text.part(at, at + MOST));
  const password = found?.[1];
  if (found === null || password === undefined || PLACEHOLDER.test(password)) return null;
  const end = at + found[0].lastIndexOf("@");
  return { start: end - password.length, end };
};

/** Passwords that stand in an address. */
export const urlPasswordDetectors: readonly LeakDetector[] = [
  {
    id: "url-password",
    group: "passwords",
    what: "Passwords in the addresses of databases, queues and file servers",
    validation:
      "between a user and a host in an address of postgres:, mysql:, mongodb:, redis:, amqp:, sqlserver:, sftp: and the like; three characters or more; no mask, placeholder or reference",
    finds: "postgres://app:hunter2…@db.internal/app",
    passes: "postgres://db/app, postgres://app:${DB_PASSWORD}@db, postgres://user:password@host",
    triggers: [{ kind: "words", words: schemes.map((scheme) => `${scheme}:`), ignoreCase: true, find }],
  },
];
