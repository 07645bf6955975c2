import { describe, expect, it } from "vitest";
import { problemsOf, type Release } from "./release-problems.ts";

const ready: Release = {
  version: "1.2.3",
  changelog:
    "# Changelog\n\n## 1.2.3 (2027-01-01)\n\n### Security\n\nNone.\n\n### Added\n\n## 1.2.2\n\n### Added\n",
  packages: [
    {
      folder: "packages/scanner",
      manifest: {
        version: "1.2.3",
        exports: { ".": { default: "./dist/index.js" } },
        publishConfig: { provenance: true },
        scripts: { build: "tsc" },
      },
      files: ["package.json", "dist/index.js", "bin/sallyport-scan.js"],
    },
  ],
};
const [pack = { folder: "", manifest: {}, files: [] }] = ready.packages;
const other = (changed: object, files = pack.files) =>
  problemsOf({
    ...ready,
    packages: [{ ...pack, manifest: { ...Object(pack.manifest), ...changed }, files }],
  });

describe("problemsOf", () => {
  it("is nothing where a release is ready", () => {
    expect(problemsOf(ready)).toEqual([]);
  });

  it("is a changelog of another version, or one that does not begin with security", () => {
    const changelog = "## Unreleased\n\n### Added\n";
    expect(problemsOf({ ...ready, changelog })).toEqual([
      'CHANGELOG.md begins with "Unreleased", and not with 1.2.3',
      expect.stringContaining("### Security"),
    ]);
  });

  it("is another version, a script at installation, and no provenance", () => {
    expect(other({ version: "1.2.2", scripts: { postinstall: "node x.js" }, publishConfig: {} })).toEqual([
      "packages/scanner is of version 1.2.2, and not of 1.2.3",
      "packages/scanner has a script that runs when it is installed: postinstall",
      "packages/scanner would be published without provenance",
    ]);
  });

  it("is the package of the gate without its dashboard", () => {
    const [first] = ready.packages;
    if (first === undefined) throw new Error("unreachable");
    const gate = { ...first, folder: "packages/sallyport" };
    expect(problemsOf({ ...ready, packages: [gate] })).toEqual([
      "packages/sallyport would be published without the dashboard: npm run build",
    ]);
    const files = [...gate.files, "dashboard/index.html"];
    expect(problemsOf({ ...ready, packages: [{ ...gate, files }] })).toEqual([]);
  });

  it("is a file that nobody may have or needs, and a build that is missing", () => {
    const files = ["bin/x.js", "test/a.js", "dist/a.test.js", ".env", "admin.key"];
    expect(other({}, files)).toEqual([
      ...files.slice(1).map((file) => `packages/scanner would contain ${file}`),
      "packages/scanner would be published without what it exports: npm run build",
    ]);
  });
});
