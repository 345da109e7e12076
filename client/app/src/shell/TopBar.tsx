import { ActionIcon, Burger, Group } from '@mantine/core';
import { IconEdit, IconLayoutSidebarLeftExpand } from '@tabler/icons-react';
import { useLayoutEffect, useRef, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useLocation } from 'wouter';
import { ConnectionBadge } from './ConnectionBadge';
import { useDrawer } from './drawer';

/** Above every page: the way to the list where it is not beside, what the page is about, and how the connection is. */
export function TopBar({ children, actions }: { children?: ReactNode; actions?: ReactNode }) {
  return (
    <Group component="header" className="topBar" wrap="nowrap" gap="xs">
      <ListButton />
      <div className="topBarTitle">{children}</div>
      <ConnectionBadge />
      {actions}
      <NewButton />
    </Group>
  );
}

function ListButton() {
  const { t } = useTranslation();
  const { isOpen, isHidden, toggle, show } = useDrawer();
  const [burger, button] = [useRef<HTMLButtonElement>(null), useRef<HTMLButtonElement>(null)];
  // The list may be hidden while the focus is in it; of the two only the one that is drawn takes it.
  useLayoutEffect(() => {
    if (!document.activeElement?.closest('.sidebar')) return;
    if (!isOpen) burger.current?.focus();
    if (isHidden) button.current?.focus();
  }, [isOpen, isHidden, burger, button]);
  return (
    <>
      <Burger
        ref={burger}
        hiddenFrom="sm"
        size="sm"
        opened={isOpen}
        onClick={toggle}
        aria-label={isOpen ? t('conversations.hide') : t('conversations.open')}
      />
      {isHidden && (
        <ActionIcon
          ref={button}
          visibleFrom="sm"
          variant="subtle"
          color="gray"
          size="lg"
          onClick={show}
          aria-label={t('conversations.open')}
        >
          <IconLayoutSidebarLeftExpand size={20} />
        </ActionIcon>
      )}
    </>
  );
}

/** Where the list is not beside, its own button is out of reach. */
function NewButton() {
  const { t } = useTranslation();
  const { isHidden } = useDrawer();
  const [address] = useLocation();
  if (address === '/') return null;
  return (
    <ActionIcon
      component={Link}
      href="/"
      variant="subtle"
      color="gray"
      size="lg"
      {...(!isHidden && { hiddenFrom: 'sm' })}
      aria-label={t('conversations.new')}
    >
      <IconEdit size={20} />
    </ActionIcon>
  );
}
