import { homedir } from "node:os";
import { join } from "node:path";

/** Where this user's own files are kept (XDG Base Directory Specification). */
export function dataDirectory(
  purpose: "acme" | "development-ca" | "development-issuer" | "journal-key",
): string {
  const base = process.env["XDG_DATA_HOME"] ?? join(homedir(), ".local", "share");
  return join(base, "sallyport", purpose);
}
