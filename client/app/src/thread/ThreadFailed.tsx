import { Button } from '@mantine/core';
import { IconCloudOff } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { EmptyState } from '../shell/EmptyState';

export function ThreadFailed({ onRetry }: { onRetry: () => void }) {
  const { t } = useTranslation();
  return (
    <EmptyState icon={<IconCloudOff size={30} />} title={t('thread.failed')}>
      <Button variant="light" mt="md" onClick={onRetry}>
        {t('common.retry')}
      </Button>
    </EmptyState>
  );
}
