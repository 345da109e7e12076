import { Button } from '@mantine/core';
import { IconMapQuestion } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { usePageTitle } from '../site/usePageTitle';
import { EmptyState } from './EmptyState';

/** What stands at an address where nothing is. */
export function NotHere() {
  const { t } = useTranslation();
  usePageTitle(t('notHere.title'));
  return (
    <EmptyState
      isPage
      icon={<IconMapQuestion size={30} />}
      title={t('notHere.title')}
      hint={t('notHere.hint')}
    >
      <Button component={Link} href="/" variant="light" mt="md">
        {t('notHere.action')}
      </Button>
    </EmptyState>
  );
}
