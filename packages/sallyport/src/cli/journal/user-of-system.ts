import { userInfo } from "node:os";

/** Who runs a command, as the operating system knows them; their number where they have no name. */
export function userOfSystem(): string {
  try {
    return userInfo().username;
  } catch {
    return `user ${process.getuid?.() ?? "unknown"}`;
  }
}
