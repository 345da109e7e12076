import { useMessages } from '@bitworks/react';
import { ActionIcon, Button, Loader, Skeleton, Stack, Text } from '@mantine/core';
import { IconArrowDown, IconCloudOff, IconMessageCircle } from '@tabler/icons-react';
import { Fragment } from 'react';
import { useTranslation } from 'react-i18next';
import { isSameDay } from '../i18n/calendar';
import { EmptyState } from '../shell/EmptyState';
import { DayMark } from './DayMark';
import { MessageRow } from './MessageRow';
import { useOlderOnSight } from './useOlderOnSight';
import { useSteadyScroll } from './useSteadyScroll';

/** The messages of one conversation, growing at the end by themselves and at the beginning when one scrolls there. */
export function Thread({ conversationId }: { conversationId: string }) {
  const { t } = useTranslation();
  const { messages, status, hasOlder, isLoadingOlder, loadOlder, retry } = useMessages(conversationId);
  const { viewport, content, isAtEnd, toEnd } = useSteadyScroll(messages);
  const sentinel = useOlderOnSight(hasOlder && !isLoadingOlder, loadOlder);
  const isEmpty = status === 'ready' && messages.length === 0;
  return (
    <div className="threadFrame">
      <section ref={viewport} className="thread" aria-label={t('thread.label')} tabIndex={0}>
        <div ref={content} className="threadContent" role="log" aria-live="polite" aria-relevant="additions">
          <div ref={sentinel} aria-hidden />
          {hasOlder && <Older isFailed={status === 'failed'} onRetry={retry} />}
          {status === 'loading' && <Waiting />}
          {status === 'failed' && !hasOlder && messages.length === 0 && <Failed onRetry={retry} />}
          {isEmpty && (
            <EmptyState
              icon={<IconMessageCircle size={30} />}
              title={t('thread.empty')}
              hint={t('thread.emptyHint')}
            />
          )}
          {messages.map((view, at) => (
            <Fragment key={view.record.id}>
              <DayChange before={messages[at - 1]?.record.timestamp} now={view.record.timestamp} />
              <MessageRow view={view} />
            </Fragment>
          ))}
        </div>
      </section>
      {!isAtEnd && (
        <ActionIcon
          className="toEnd"
          variant="default"
          radius="xl"
          size="lg"
          onClick={toEnd}
          aria-label={t('thread.toEnd')}
        >
          <IconArrowDown size={18} />
        </ActionIcon>
      )}
    </div>
  );
}

function DayChange({ before, now }: { before: string | undefined; now: string }) {
  return before !== undefined && isSameDay(before, now) ? null : <DayMark time={now} />;
}

function Older({ isFailed, onRetry }: { isFailed: boolean; onRetry: () => void }) {
  const { t } = useTranslation();
  return (
    <div className="older">
      {isFailed ? (
        <Button size="xs" variant="light" onClick={onRetry}>
          {t('common.retry')}
        </Button>
      ) : (
        <>
          <Loader size="xs" color="gray" />
          <Text size="xs" c="dimmed">
            {t('thread.older')}
          </Text>
        </>
      )}
    </div>
  );
}

function Waiting() {
  const { t } = useTranslation();
  return (
    <Stack gap="xl" pt="xl" role="status" aria-label={t('common.loading')}>
      <Skeleton h={44} w="55%" radius="lg" ml="auto" />
      <Skeleton h={72} w="80%" radius="lg" />
      <Skeleton h={44} w="40%" radius="lg" ml="auto" />
    </Stack>
  );
}

function Failed({ onRetry }: { onRetry: () => void }) {
  const { t } = useTranslation();
  return (
    <EmptyState icon={<IconCloudOff size={30} />} title={t('thread.failed')}>
      <Button variant="light" mt="md" onClick={onRetry}>
        {t('common.retry')}
      </Button>
    </EmptyState>
  );
}
