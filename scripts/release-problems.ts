/** A package as it would be published. */
export interface Packed {
  /** Its folder in the repository. */
  readonly folder: string;
  /** Its `package.json`, as it was parsed. */
  readonly manifest: unknown;
  /** Paths of the files in it. */
  readonly files: readonly string[];
}

/** What a release is made of. */
export interface Release {
  readonly version: string;
  /** The text of the changelog. */
  readonly changelog: string;
  readonly packages: readonly Packed[];
}

/** Scripts that run on the machine of whoever installs a package. */
const INSTALL_SCRIPTS = [
  "preinstall",
  "install",
  "postinstall",
  "prepare",
  "prepublish",
  "preprepare",
  "postprepare",
];
/** What nobody needs who installs a package, or nobody may have. */
const UNWANTED =
  /(?:^|\/)(?:test|corpus|node_modules|\.[^/]+)(?:\/|$)|\.test\.|\.(?:key|pem|env|tsbuildinfo)$/;

/** The package that the dashboard's build is shipped in. */
const HAS_DASHBOARD = "packages/sallyport";

const memberOf = (value: unknown, name: string): unknown =>
  typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;

/** What keeps a release from being made; nothing, where it is ready. */
export function problemsOf({ version, changelog, packages }: Release): readonly string[] {
  return [
    ...changelogProblems(version, changelog),
    ...packages.flatMap((each) => packageProblems(version, each)),
  ];
}

function changelogProblems(version: string, changelog: string): readonly string[] {
  const [, section = ""] = changelog.split(/^## /m);
  const [title = ""] = section.split("\n", 1);
  const [, part = ""] = section.split(/^### /m);
  return [
    ...(title.startsWith(version)
      ? []
      : [`CHANGELOG.md begins with ${JSON.stringify(title)}, and not with ${version}`]),
    ...(/^Security\b/.test(part)
      ? []
      : ["CHANGELOG.md: the first part of a release is `### Security`, if only to say None."]),
  ];
}

function packageProblems(version: string, { folder, manifest, files }: Packed): readonly string[] {
  const told = memberOf(manifest, "version");
  const scripts = INSTALL_SCRIPTS.filter(
    (name) => memberOf(memberOf(manifest, "scripts"), name) !== undefined,
  );
  const unwanted = files.filter((file) => UNWANTED.test(file));
  const entry = memberOf(memberOf(memberOf(manifest, "exports"), "."), "default");
  const isThere = typeof entry === "string" && files.includes(entry.replace(/^\.\//, ""));
  return [
    ...(told === version ? [] : [`${folder} is of version ${String(told)}, and not of ${version}`]),
    ...scripts.map((name) => `${folder} has a script that runs when it is installed: ${name}`),
    ...(memberOf(memberOf(manifest, "publishConfig"), "provenance") === true
      ? []
      : [`${folder} would be published without provenance`]),
    ...unwanted.map((file) => `${folder} would contain ${file}`),
    ...(folder !== HAS_DASHBOARD || files.includes("dashboard/index.html")
      ? []
      : [`${folder} would be published without the dashboard: npm run build`]),
    ...(isThere ? [] : [`${folder} would be published without what it exports: npm run build`]),
  ];
}
