import type { VNode } from "preact";

import { Icon, type IconName } from "../parts/icon.tsx";
import { theme, type ThemeChoice } from "./theme.ts";

const CHOICES: readonly { readonly id: ThemeChoice; readonly icon: IconName; readonly label: string }[] = [
  { id: "light", icon: "sun", label: "Light" },
  { id: "dark", icon: "moon", label: "Dark" },
  { id: "system", icon: "system", label: "As the system" },
];

/** Chooses light, dark, or what the system says. */
export function ThemeSwitch(): VNode {
  return (
    <fieldset class="theme-switch">
      <legend class="unseen">Colours</legend>
      {CHOICES.map(({ id, icon, label }) => (
        <label key={id} title={label}>
          <input
            type="radio"
            name="theme"
            class="unseen"
            checked={theme.choice.value === id}
            onChange={() => {
              theme.choice.value = id;
            }}
          />
          <Icon name={icon} />
          <span class="unseen">{label}</span>
        </label>
      ))}
    </fieldset>
  );
}
