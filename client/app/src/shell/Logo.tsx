import { ThemeIcon } from '@mantine/core';
import { IconMessage2Filled } from '@tabler/icons-react';

export function Logo({ size }: { size: number }) {
  return (
    <ThemeIcon size={size} radius={size * 0.28} aria-hidden>
      <IconMessage2Filled size={size * 0.58} />
    </ThemeIcon>
  );
}
