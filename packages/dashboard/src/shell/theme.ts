import { computed, effect, signal, type ReadonlySignal, type Signal } from "@preact/signals";

/** What somebody wants: `system` follows their machine. */
export type ThemeChoice = "system" | "light" | "dark";

const KEY = "sallyport.theme";
const CHOICES: readonly ThemeChoice[] = ["system", "light", "dark"];

const darkSystem = globalThis.matchMedia?.("(prefers-color-scheme: dark)");
const systemIsDark = signal(darkSystem?.matches ?? false);
const choice = signal(remembered());

/** Light or dark. */
export const theme: {
  readonly choice: Signal<ThemeChoice>;
  /** What is drawn. */
  readonly drawn: ReadonlySignal<"light" | "dark">;
} = {
  choice,
  drawn: computed(() => (choice.value === "system" ? (systemIsDark.value ? "dark" : "light") : choice.value)),
};

/** Draws the page as it is chosen, now and whenever that changes, and remembers it in this browser. */
export function applyTheme(): void {
  darkSystem?.addEventListener("change", ({ matches }) => {
    systemIsDark.value = matches;
  });
  effect(() => {
    document.documentElement.dataset["theme"] = theme.drawn.value;
    try {
      localStorage.setItem(KEY, choice.value);
    } catch {
      // A browser that keeps nothing: the choice is for this visit.
    }
  });
}

function remembered(): ThemeChoice {
  try {
    const kept = localStorage.getItem(KEY);
    return CHOICES.find((one) => one === kept) ?? "system";
  } catch {
    return "system";
  }
}
