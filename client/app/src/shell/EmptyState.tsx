import { Stack, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';

/** What stands where there is nothing to show: what that means and what can be done. */
export function EmptyState({
  icon,
  title,
  hint,
  isPage = false,
  children,
}: {
  icon: ReactNode;
  title: string;
  hint?: string;
  /** Whether it stands for the whole page, and so gives it its heading. */
  isPage?: boolean;
  children?: ReactNode;
}) {
  return (
    <Stack align="center" justify="center" gap="xs" p="xl" className="emptyState">
      <span className="emptyIcon" aria-hidden>
        {icon}
      </span>
      <Title order={isPage ? 1 : 2} fz="lg">
        {title}
      </Title>
      {hint !== undefined && (
        <Text c="dimmed" size="sm" ta="center">
          {hint}
        </Text>
      )}
      {children}
    </Stack>
  );
}
