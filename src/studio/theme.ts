import { createTheme, type MantineColorsTuple } from "@mantine/core";

/** The one accent. Everything else that has a colour has it because of its state. */
const petrol: MantineColorsTuple = [
  "#edf5f6",
  "#d7e7ea",
  "#aed0d8",
  "#82b7c3",
  "#63b1c0",
  "#43919f",
  "#2c7b8b",
  "#17606f",
  "#0f5362",
  "#074350",
];

const gray: MantineColorsTuple = [
  "#faf9f7",
  "#f4f2ee",
  "#ebe8e2",
  "#dedad2",
  "#c8c3b9",
  "#a09a8f",
  "#79736a",
  "#5d5850",
  "#3a3732",
  "#1f1d1a",
];

const dark: MantineColorsTuple = [
  "#dad7d1",
  "#bab7b1",
  "#97948f",
  "#6f6d6a",
  "#404143",
  "#343537",
  "#292a2c",
  "#1c1d1f",
  "#151617",
  "#0e0f10",
];

export const theme = createTheme({
  primaryColor: "petrol",
  primaryShade: { light: 7, dark: 6 },
  colors: { petrol, gray, dark },
  fontFamily: "var(--ty-sans)",
  fontFamilyMonospace: "var(--ty-mono)",
  headings: { fontFamily: "var(--ty-sans)", fontWeight: "600" },
  defaultRadius: 5,
  cursorType: "pointer",
  fontSizes: { xs: "11.5px", sm: "13px", md: "14px", lg: "16px", xl: "19px" },
  components: {
    Button: { defaultProps: { size: "xs" } },
    Tooltip: { defaultProps: { openDelay: 250, withArrow: true, fz: 12, maw: 340, multiline: true } },
    Modal: {
      defaultProps: {
        radius: 8,
        overlayProps: { backgroundOpacity: 0.45 },
        closeButtonProps: { "aria-label": "Close" },
      },
    },
    TextInput: { defaultProps: { size: "sm" } },
    Menu: { defaultProps: { shadow: "md", radius: 6 } },
  },
});
