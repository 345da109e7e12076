import { useComputedColorScheme } from '@mantine/core';
import { useEffect } from 'react';

/** As the page comes they follow the system: the light one, then the dark one. */
const bars = [...document.querySelectorAll<HTMLMetaElement>('meta[name=theme-color]')];
const [light = '', dark = ''] = bars.map(({ content }) => content);

/** Colours what the system draws around the app like the app, whose look may have been chosen by hand. */
export function useBarColor(): void {
  const scheme = useComputedColorScheme('light', { getInitialValueInEffect: false });
  useEffect(() => {
    for (const bar of bars) bar.content = scheme === 'dark' ? dark : light;
  }, [scheme]);
}
