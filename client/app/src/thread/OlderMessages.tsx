import type { Messages } from '@bitworks/react';
import { Button, Loader, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useOnSight } from './useOnSight';

/** What stands above the first message that is loaded: it asks for those before as one comes near. */
export function OlderMessages({ thread, height }: { thread: Messages; height: number }) {
  const { t } = useTranslation();
  const { hasOlder, isLoadingOlder, status, loadOlder, retry } = thread;
  const sentinel = useOnSight(hasOlder && !isLoadingOlder, loadOlder);
  return (
    <div ref={sentinel} className="older" style={{ height }}>
      {hasOlder && status === 'failed' && (
        <Button size="xs" variant="light" onClick={retry}>
          {t('common.retry')}
        </Button>
      )}
      {hasOlder && status !== 'failed' && (
        <>
          <Loader size="xs" color="gray" aria-hidden />
          <Text size="xs" c="dimmed">
            {t('thread.older')}
          </Text>
        </>
      )}
    </div>
  );
}
