import type { Locator, Page } from "playwright-core";

/** Types a name and waits until the chat's page is connected. */
export async function logIn(page: Page, name: string): Promise<void> {
  await page.getByLabel("Name").fill(name);
  await page.keyboard.press("Enter");
  await connected(page);
}

/** Waits until the page is connected, and its room was entered. */
export async function connected(page: Page): Promise<void> {
  await page.locator('#state[data-state="open"]').waitFor();
  await page.locator("#people li").first().waitFor({ state: "attached" });
}

/** Types a line and sends it. */
export async function say(page: Page, text: string): Promise<void> {
  await page.getByLabel("Message", { exact: true }).fill(text);
  await page.keyboard.press("Enter");
}

/** Lines of the conversation with this text. */
export function lines(page: Page, text: string): Locator {
  return page.getByRole("log").getByText(text, { exact: true });
}

/** What a page complains about on its console, from now on. */
export function complaintsOf(page: Page): readonly string[] {
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  return complaints;
}
