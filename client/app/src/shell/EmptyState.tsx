import { Stack, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';

/** What stands where there is nothing to show: what that means and what can be done. */
export function EmptyState({
  icon,
  title,
  hint,
  children,
}: {
  icon: ReactNode;
  title: string;
  hint?: string;
  children?: ReactNode;
}) {
  return (
    <Stack align="center" justify="center" gap="xs" p="xl" className="emptyState">
      <span className="emptyIcon" aria-hidden>
        {icon}
      </span>
      <Title order={2} fz="lg">
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
