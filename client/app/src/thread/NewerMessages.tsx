import type { Messages } from '@bitworks/react';
import { Button, Loader } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useOnSight } from './useOnSight';

/** What stands below the last message that is held, where the end was let go: it asks for those after as one comes near. */
export function NewerMessages({ thread, height }: { thread: Messages; height: number }) {
  const { t } = useTranslation();
  const { isLoadingOlder, status, loadNewer } = thread;
  const sentinel = useOnSight(!isLoadingOlder && status !== 'failed', loadNewer);
  return (
    <div ref={sentinel} className="older" style={{ height }}>
      {status === 'failed' ? (
        <Button size="xs" variant="light" onClick={loadNewer}>
          {t('common.retry')}
        </Button>
      ) : (
        <Loader size="xs" color="gray" aria-hidden />
      )}
    </div>
  );
}
