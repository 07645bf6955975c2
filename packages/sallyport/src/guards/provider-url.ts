import { isLoopback } from "./loopback.ts";

/** Whether the host of a URL can only be reached from this machine. */
function isLocal({ hostname }: URL): boolean {
  return isLoopback(hostname.replace(/^\[(.*)\]$/, "$1"));
}

/**
 * What is wrong with the address of something whose answers decide who may come in, or `null`: it must be https, or http on
 * loopback, and hold no credentials.
 *
 * @param unsafeKey the option that accepts plaintext all the same; `null`: there is none
 * @param unsafeAllowPlaintext whether that option is on
 */
export function providerUrlFault(
  text: string,
  unsafeKey: string | null = null,
  unsafeAllowPlaintext = false,
): string | null {
  const url = URL.parse(text);
  if (url === null || (url.protocol !== "https:" && url.protocol !== "http:"))
    return "expected an https URL, such as https://id.example.com/jwks.json";
  if (url.username !== "" || url.password !== "")
    return "a URL with a user or password in it is not accepted";
  if (url.protocol === "https:" || isLocal(url) || unsafeAllowPlaintext) return null;
  const mend = unsafeKey === null ? "write https" : `write https, or \`${unsafeKey}: true\``;
  return `whoever can change this answer can sign in as anybody: ${mend}`;
}
