import { useClient, useConnection } from '@bitworks/react';
import type { Connection } from '@bitworks/sdk';
import { Button, HoverCard, Text, UnstyledButton } from '@mantine/core';
import { useTranslation } from 'react-i18next';

/** Always there, so that one never has to wonder whether what is shown is what is. */
export function ConnectionBadge() {
  const { t } = useTranslation();
  const client = useClient();
  const connection = useConnection();
  const { status } = connection;
  const words = t(`connection.${wordsOf(connection)}`);
  return (
    <HoverCard width={250} position="bottom-end" shadow="md" openDelay={200}>
      <HoverCard.Target>
        <UnstyledButton
          className="connection"
          data-status={status}
          data-testid="connection"
          onClick={() => client.wake()}
          aria-label={t('connection.label', { status: words })}
        >
          <span className="connectionDot" aria-hidden />
          <span className="connectionWords" role="status">
            {words}
          </span>
        </UnstyledButton>
      </HoverCard.Target>
      <HoverCard.Dropdown>
        <Text size="sm">{status === 'live' ? t('connection.liveHint') : t('connection.offlineHint')}</Text>
        {status === 'offline' && (
          <Button size="xs" variant="light" mt="xs" fullWidth onClick={() => client.wake()}>
            {t('connection.retry')}
          </Button>
        )}
      </HoverCard.Dropdown>
    </HoverCard>
  );
}

function wordsOf({ status, hasBeenLive }: Connection) {
  return status === 'connecting' && hasBeenLive ? 'reconnecting' : status;
}
