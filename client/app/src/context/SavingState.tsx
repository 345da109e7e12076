import { useConnection } from '@bitworks/react';
import type { Failure } from '@bitworks/sdk';
import { Alert, Button, Group, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useFailureText } from '../i18n/useFailureText';

/** Where the latest saving stands. */
export function SavingProgress({ isWaiting, isSaved }: { isWaiting: boolean; isSaved: boolean }) {
  const { t } = useTranslation();
  const { status } = useConnection();
  const isConnected = status === 'live' || status === 'catching-up';
  if (!isWaiting && !isSaved) return null;
  const waiting = isConnected ? t('message.sending') : t('message.waiting');
  return (
    <Text size="sm" c="dimmed" role="status">
      {isWaiting ? waiting : t('context.saved')}
    </Text>
  );
}

interface SavingRefusalProps {
  readonly failure: Failure;
  readonly onRetry: () => void;
  readonly onDiscard: () => void;
}

export function SavingRefusal({ failure, onRetry, onDiscard }: SavingRefusalProps) {
  const { t } = useTranslation();
  const failureText = useFailureText();
  return (
    <Alert color="red" variant="light" role="alert">
      {failureText(failure)}
      <Group gap="xs" mt="sm">
        <Button size="xs" variant="default" onClick={onDiscard}>
          {t('common.discard')}
        </Button>
        <Button size="xs" variant="light" onClick={onRetry}>
          {t('common.retry')}
        </Button>
      </Group>
    </Alert>
  );
}
