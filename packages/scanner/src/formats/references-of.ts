import type { References } from "../check.ts";

/** A reference that can be followed. */
export interface Link {
  readonly name: string;
  readonly url: string;
}

const CHEAT_SHEET: Link = {
  name: "OWASP WebSocket Security Cheat Sheet",
  url: "https://cheatsheetseries.owasp.org/cheatsheets/WebSocket_Security_Cheat_Sheet.html",
};

/** References, with where they lead. */
export function referencesOf({
  cwe,
  asvs = [],
  rfc = [],
  advisories = [],
  cheatSheet = false,
}: References): readonly Link[] {
  return [
    ...cwe.map((number) => ({
      name: `CWE-${number}`,
      url: `https://cwe.mitre.org/data/definitions/${number}.html`,
    })),
    ...asvs.map((requirement) => ({
      name: `OWASP ASVS 5.0.0, ${requirement}`,
      url: "https://owasp.org/www-project-application-security-verification-standard/",
    })),
    ...rfc.map(rfcLink),
    ...advisories.map(advisoryLink),
    ...(cheatSheet ? [CHEAT_SHEET] : []),
  ];
}

/** `RFC 6455 10.2` leads to the section. */
function rfcLink(name: string): Link {
  const [, number = "", section = ""] = /^RFC (\d+) ?([\d.]*)/.exec(name) ?? [];
  const place = section === "" ? "" : `#section-${section}`;
  return { name, url: `https://www.rfc-editor.org/rfc/rfc${number}.html${place}` };
}

function advisoryLink(name: string): Link {
  return name.startsWith("GHSA-")
    ? { name, url: `https://github.com/advisories/${name}` }
    : { name, url: `https://www.cve.org/CVERecord?id=${name}` };
}
