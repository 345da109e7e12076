import { useContextRecord } from '@bitworks/react';
import { Alert, Drawer, Skeleton, Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { ContextDock } from './ContextDock';
import { ContextForm } from './ContextForm';
import { valuesOf } from './contextValues';
import type { Frame } from './useContextPanel';

interface ContextPanelProps {
  readonly conversationId: string;
  readonly frame: Frame;
  readonly isAsked: boolean;
  readonly onClose: () => void;
}

export default function ContextPanel({ conversationId, frame, isAsked, onClose }: ContextPanelProps) {
  const { t } = useTranslation();
  if (frame === 'dock')
    return (
      <ContextDock isAsked={isAsked} onClose={onClose}>
        <Contents conversationId={conversationId} />
      </ContextDock>
    );
  return (
    <Drawer
      opened
      onClose={onClose}
      position="right"
      size={400}
      title={t('context.title')}
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      <Contents conversationId={conversationId} />
    </Drawer>
  );
}

function Contents({ conversationId }: { conversationId: string }) {
  const { t } = useTranslation();
  return (
    <>
      <Text size="sm" c="dimmed" mb="lg">
        {t('context.intro')}
      </Text>
      <LoadedForm conversationId={conversationId} />
    </>
  );
}

function LoadedForm({ conversationId }: { conversationId: string }) {
  const { t } = useTranslation();
  const { context, confirmed, pending, status } = useContextRecord(conversationId);
  if (status === 'ready')
    return (
      <ContextForm
        conversationId={conversationId}
        context={confirmed}
        shown={valuesOf(context)}
        pending={pending}
      />
    );
  if (status === 'failed') return <Alert color="red">{t('context.failed')}</Alert>;
  return (
    <Stack role="status" aria-label={t('common.loading')}>
      <Skeleton h={36} />
      <Skeleton h={36} />
      <Skeleton h={90} />
    </Stack>
  );
}
