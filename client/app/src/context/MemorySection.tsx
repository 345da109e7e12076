import { Select, Stack, Title } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { ContextFields } from './contextValues';
import { SummaryText } from './SummaryText';
import { WindowMeter } from './WindowMeter';

/** How much of the conversation the model still knows, and what becomes of the rest. */
export function MemorySection({ form }: { form: ContextFields }) {
  const { t } = useTranslation();
  const strategies = (['default', 'sliding', 'summary'] as const).map((name) => ({
    value: name === 'default' ? '' : name,
    label: t(`context.strategies.${name}`),
  }));
  return (
    <Stack gap="sm" className="panelSection">
      <Title order={3} fz="md">
        {t('meter.title')}
      </Title>
      <WindowMeter />
      <SummaryText />
      <Select
        label={t('context.strategy')}
        data={strategies}
        allowDeselect={false}
        {...form.getInputProps('strategy')}
      />
    </Stack>
  );
}
