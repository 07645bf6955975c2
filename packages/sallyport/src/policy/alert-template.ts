/** What may stand in a template, each as `{{name}}` within a string of the JSON. */
export const templateNames = [
  "text",
  "title",
  "sentence",
  "detector",
  "severity",
  "incident",
  "count",
  "since",
  "until",
  "answer",
  "outcome",
  "detail",
  "subject",
  "route",
  "address",
  "user",
  "leftOut",
] as const;

/** One of them. */
export type TemplateName = (typeof templateNames)[number];

const PLACE = /\{\{\s*([A-Za-z]*)\s*\}\}/g;

/** Fills in a template. Values are escaped as the inside of a JSON string, so that none can end it. */
export function fillTemplate(template: string, valueOf: (name: TemplateName) => string): string {
  return template.replaceAll(PLACE, (whole, name: string) =>
    isName(name) ? JSON.stringify(valueOf(name)).slice(1, -1) : whole,
  );
}

/** What is wrong with a template; `null`: nothing, and whatever is filled in, it is JSON. */
export function templateFault(template: string): string | null {
  const unknown = [...template.matchAll(PLACE)].map(([, name = ""]) => name).find((name) => !isName(name));
  if (unknown !== undefined) return `\`{{${unknown}}}\`, which nothing fills in`;
  // An escaped quotation mark is well-formed within a string, and nowhere else.
  return isJson(fillTemplate(template, () => '"')) ? null : "text that is no JSON";
}

function isName(name: string): name is TemplateName {
  return templateNames.some((known) => known === name);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
