import { useConnection } from '@bitworks/react';
import { Button, Group, Text } from '@mantine/core';
import { useEffect, useSyncExternalStore } from 'react';
import { useTranslation } from 'react-i18next';
import { lookForNewVersion, outdated } from './worker';

/** A quiet line when there is a newer version than this page is, which goes on as it is until it is reloaded. */
export function NewVersion() {
  const { t } = useTranslation();
  const { status } = useConnection();
  const isOutdated = useSyncExternalStore(outdated.subscribe, outdated.read);
  useEffect(() => {
    if (status === 'live') void lookForNewVersion();
  }, [status]);
  if (!isOutdated) return null;
  return (
    <Group className="newVersion" role="status" justify="center" gap="sm">
      <Text size="sm">{t('installed.newVersion')}</Text>
      <Button size="compact-sm" variant="light" onClick={() => window.location.reload()}>
        {t('installed.reload')}
      </Button>
    </Group>
  );
}
