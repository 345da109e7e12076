import { Burger, Group } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { ConnectionBadge } from './ConnectionBadge';
import { useDrawer } from './drawer';

/** Above every page: the way to the list on a phone, what the page is about, and how the connection is. */
export function TopBar({ children, actions }: { children?: ReactNode; actions?: ReactNode }) {
  const { t } = useTranslation();
  const { isOpen, toggle } = useDrawer();
  return (
    <Group component="header" className="topBar" wrap="nowrap" gap="sm">
      <Burger
        hiddenFrom="sm"
        size="sm"
        opened={isOpen}
        onClick={toggle}
        aria-label={isOpen ? t('conversations.hide') : t('conversations.open')}
      />
      <div className="topBarTitle">{children}</div>
      <ConnectionBadge />
      {actions}
    </Group>
  );
}
