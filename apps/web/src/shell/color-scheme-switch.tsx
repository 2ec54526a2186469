import { useMantineColorScheme } from "@mantine/core";

import classes from "./shell.module.css";

const next = { auto: "light", light: "dark", dark: "auto" } as const;
const words = { auto: "as the system", light: "light", dark: "dark" } as const;
const signs = { auto: "◐", light: "☀", dark: "☾" } as const;

/** As the system, light, dark, and round again; kept in this browser. */
export function ColorSchemeSwitch() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <button
      type="button"
      className={classes.quiet}
      onClick={() => setColorScheme(next[colorScheme])}
      aria-label={`Colours: ${words[colorScheme]}`}
      title={`Colours: ${words[colorScheme]}`}
    >
      <span aria-hidden="true">{signs[colorScheme]}</span>
    </button>
  );
}
