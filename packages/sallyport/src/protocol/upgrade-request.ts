import { isFieldValue } from "./request-head.ts";
import { isToken } from "./token.ts";

/** What may stand in a request line (RFC 9112 3): nothing that ends the target, or the line. */
const TARGET = /^[!-~]+$/;

/**
 * The head of a `GET` that asks for an upgrade (RFC 9112 3, RFC 6455 4.1), to be written as latin1.
 *
 * @param fields flat list of names and values
 * @throws {TypeError} our own fault: a target or a field that is not HTTP, such as one with a line end
 */
export function serializeUpgradeRequest(target: string, fields: readonly string[]): string {
  if (!TARGET.test(target)) throw new TypeError("not a request target");
  let head = `GET ${target} HTTP/1.1\r\n`;
  for (let index = 0; index < fields.length; index += 2) {
    const [name = "", value = ""] = [fields[index], fields[index + 1]];
    // Never the value: it may hold a credential.
    if (!isToken(name) || !isFieldValue(value))
      throw new TypeError(`not a header field: ${name.slice(0, 64)}`);
    head += `${name}: ${value}\r\n`;
  }
  return `${head}\r\n`;
}
