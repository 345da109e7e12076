import { createTheme, type MantineColorsTuple } from '@mantine/core';

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
  primaryShade: { light: 8, dark: 6 },
  colors: { pine },
  defaultRadius: 'md',
  cursorType: 'pointer',
  fontFamily:
    'Inter, ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif',
  headings: { fontWeight: '600' },
  autoContrast: true,
});
