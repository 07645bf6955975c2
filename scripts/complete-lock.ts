import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

// npm leaves a platform's package out of the lock where the registry that it asked does not have it, and `npm ci` then
// refuses the lock. This adds what is missing, with the version that the package wants exactly.

interface Locked {
  version: string;
  cpu?: string[];
  dev?: boolean;
  libc?: string[];
  license?: string;
  optional?: boolean;
  os?: string[];
  optionalDependencies?: Record<string, string>;
}

const file = fileURLToPath(new URL("../package-lock.json", import.meta.url));

/** `linux-arm64-musl` and its like, as npm's fields. */
function platformOf(name: string): Pick<Locked, "os" | "cpu" | "libc"> {
  const [os = "", cpu = "", abi = ""] = (name.split("/").at(-1) ?? "").replace(/^binding-/, "").split("-");
  const libc = os === "linux" && abi !== "" ? { libc: [abi.startsWith("musl") ? "musl" : "glibc"] } : {};
  return { cpu: [cpu], ...libc, os: [os] };
}

const lock: { packages: Record<string, Locked> } = JSON.parse(await readFile(file, "utf8"));
const missing = Object.values(lock.packages).flatMap(({ optionalDependencies = {}, license = "MIT" }) =>
  Object.entries(optionalDependencies)
    .filter(
      ([name, version]) => !(`node_modules/${name}` in lock.packages) && /^\d+\.\d+\.\d+$/.test(version),
    )
    .map(([name, version]): [string, Locked] => [
      `node_modules/${name}`,
      { version, dev: true, license, optional: true, ...platformOf(name) },
    ]),
);
const packages = Object.entries(lock.packages).concat(missing);
lock.packages = Object.fromEntries(packages.sort(([a], [b]) => a.localeCompare(b, "en")));
await writeFile(file, `${JSON.stringify(lock, null, 2)}\n`);
console.log(`${missing.length} added`);
