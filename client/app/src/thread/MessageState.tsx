import { useActions, useConnection } from '@bitworks/react';
import type { MessageView, Pending } from '@bitworks/sdk';
import { Anchor, Text } from '@mantine/core';
import { IconAlertCircle } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { useFailureText } from '../i18n/useFailureText';

/** Where a message stands that the server has not confirmed, and what can be done about it. */
export function MessageState({ view: { pending } }: { view: MessageView }) {
  if (!pending) return null;
  return pending.status === 'failed' ? <FailedWrite pending={pending} /> : <UnderWay />;
}

function UnderWay() {
  const { t } = useTranslation();
  const { status } = useConnection();
  const isConnected = status === 'live' || status === 'catching-up';
  return <Text className="messageState">{isConnected ? t('message.sending') : t('message.waiting')}</Text>;
}

function FailedWrite({ pending }: { pending: Pending }) {
  const { t } = useTranslation();
  const failureText = useFailureText();
  const { retry, discard } = useActions();
  const { failure, key, write } = pending;
  const isStale = failure?.code === 'stale';
  return (
    <Text className="messageState" data-failed role="alert" component="div">
      <IconAlertCircle size={14} aria-hidden />
      <span>
        {t(`message.${FAILED_WORDS[write.event] ?? 'updateFailed'}`)} {failure && failureText(failure)}
      </span>
      <Anchor component="button" type="button" inherit onClick={() => retry(key)}>
        {isStale ? t('message.overwrite') : t('common.retry')}
      </Anchor>
      <Anchor component="button" type="button" inherit c="dimmed" onClick={() => discard(key)}>
        {isStale
          ? t('message.theirs')
          : write.event === 'message:create'
            ? t('common.discard')
            : t('common.undo')}
      </Anchor>
    </Text>
  );
}

const FAILED_WORDS: Partial<
  Record<Pending['write']['event'], 'createFailed' | 'updateFailed' | 'deleteFailed'>
> = {
  'message:create': 'createFailed',
  'message:delete': 'deleteFailed',
};
