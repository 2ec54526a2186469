import { MantineProvider, createTheme } from "@mantine/core";

import { SessionGate } from "./session/session-gate.tsx";

const theme = createTheme({
  fontFamily: "var(--rw-font)",
  fontFamilyMonospace: "var(--rw-mono)",
  defaultRadius: "md",
  cursorType: "pointer",
  components: { Modal: { defaultProps: { lockScroll: false, centered: true } } },
});

/**
 * The kit's variables and global classes are in theme.css and its own style sheets: at run time it would write them into the page as a style
 * element, which the Content-Security-Policy forbids. For the same reason no component here is given responsive style props.
 */
export function App() {
  return (
    <MantineProvider theme={theme} defaultColorScheme="auto" withCssVariables={false} withGlobalClasses={false}>
      <SessionGate />
    </MantineProvider>
  );
}
