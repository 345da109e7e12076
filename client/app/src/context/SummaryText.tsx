import { Spoiler, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useConversationWindow } from './WindowProvider';

/** The running summary, which a model is given before everything else that was said. */
export function SummaryText() {
  const { t } = useTranslation();
  const { context } = useConversationWindow();
  if (!context?.summary) return null;
  const { text, model } = context.summary;
  return (
    <section aria-label={t('context.summary')} className="summary" data-testid="summary">
      <Text fw={600}>{t('context.summary')}</Text>
      <Text size="xs" c="dimmed" mb={6}>
        {model === null ? t('context.summaryHint') : t('context.summaryBy', { model })}
      </Text>
      <Spoiler maxHeight={132} showLabel={t('context.more')} hideLabel={t('context.less')}>
        <Text size="sm" className="summaryText" dir="auto">
          {text}
        </Text>
      </Spoiler>
    </section>
  );
}
