const NEEDED = [24, 15] as const;

/**
 * Throws where Node is older than this package is made for. Done when the package is imported, before anything of it runs that an older
 * Node does not have.
 *
 * @param version such as `24.15.0`
 */
export function refuseOldNode(version: string): void {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major > NEEDED[0] || (major === NEEDED[0] && minor >= NEEDED[1])) return;
  throw new Error(
    `sallyport needs Node ${NEEDED.join(".")} or later, this is ${version}: install it, or the npm package \`node\`, and start the application with that`,
  );
}

refuseOldNode(process.versions.node);
