import { createTheme, type CSSVariablesResolver, type MantineColorsTuple } from '@mantine/core';

const pine: MantineColorsTuple = [
  '#eaf7f5',
  '#d8ece9',
  '#aed9d3',
  '#80c5bc',
  '#5bb4a9',
  '#43a99d',
  '#2f9a8d',
  '#1f8478',
  '#14766c',
  '#00665c',
];

export const theme = createTheme({
  primaryColor: 'pine',
  black: '#1c2123',
  primaryShade: { light: 8, dark: 8 },
  colors: { pine },
  defaultRadius: 'md',
  cursorType: 'pointer',
  fontFamily:
    'Inter, ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif',
  headings: { fontWeight: '600' },
  autoContrast: true,
  respectReducedMotion: true,
  // The first item has the focus at once, without a placeholder that is read out as an empty one, and a menu stands in
  // the landmark of what opened it.
  components: { Menu: { defaultProps: { withInitialFocusPlaceholder: false, withinPortal: false } } },
});

/** Calmer surfaces than the stock ones, and grey and red text that is dark enough to read. */
export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-dimmed': '#646b6d',
    '--mantine-color-placeholder': '#6f7678',
    '--mantine-color-error': 'var(--mantine-color-red-9)',
    '--mantine-color-pine-light-color': '#005a51',
  },
  dark: {
    '--mantine-color-error': 'var(--mantine-color-red-4)',
    '--mantine-color-body': '#1d1f20',
    '--mantine-color-dimmed': '#9aa1a3',
    '--mantine-color-placeholder': '#8f9698',
    '--mantine-color-pine-light': 'rgb(67 169 157 / 16%)',
    '--mantine-color-pine-light-hover': 'rgb(67 169 157 / 24%)',
    '--mantine-color-pine-light-color': '#8fd3c9',
    '--mantine-color-gray-light': 'rgb(255 255 255 / 8%)',
  },
});
