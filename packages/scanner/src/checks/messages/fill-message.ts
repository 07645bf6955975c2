import type { CheckContext } from "../../check-context.ts";

/** Members that say what a message is, and are left as they are. */
const SHAPES = /^(?:type|kind|event|action|op|method|cmd|command|jsonrpc|version|id|channel|topic)$/i;

/**
 * A message of the application's with a text of ours in it: in the last of --message each text stands for it that does not say what the
 * message is; where none does, or none was given, it is in a member of its own.
 */
export function fillMessage({ settings }: CheckContext, text: string): string {
  const message = settings.messages.at(-1);
  if (message === undefined) return JSON.stringify({ type: "message", text });
  // An event of Socket.IO is JSON behind its type.
  const [prefix = ""] = /^42\d*(?=\[)/.exec(message) ?? [];
  const given = message.slice(prefix.length);
  const parsed = parseJson(given);
  if (typeof parsed !== "object" || parsed === null) return text;
  let count = 0;
  const filled: unknown = JSON.parse(given, (key, value: unknown) => {
    if (typeof value !== "string" || SHAPES.test(key)) return value;
    count += 1;
    return text;
  });
  // The first element of an event is its name: with another one nobody would listen.
  if (prefix !== "" && Array.isArray(parsed) && Array.isArray(filled)) filled.splice(0, 1, parsed[0]);
  return prefix + JSON.stringify(count > 0 || Array.isArray(parsed) ? filled : { ...parsed, text });
}

/** The value of a text, or undefined where it is no JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The members of a JSON object; none of anything else. */
export function membersOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}
