import { Fieldset, NumberInput, Select, Stack } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useNumbers } from '../i18n/useNumbers';
import { excessOf } from '../models/modelLimits';
import { useModels } from '../models/useModels';
import type { ContextFields } from './contextValues';

/** How much of the conversation a model is given. */
export function WindowFields({ form }: { form: ContextFields }) {
  const { t } = useTranslation();
  const strategies = (['default', 'sliding', 'summary'] as const).map((name) => ({
    value: name === 'default' ? '' : name,
    label: t(`context.strategies.${name}`),
  }));
  const automatic = {
    placeholder: t('context.automatic'),
    clampBehavior: 'none' as const,
    allowDecimal: false,
    thousandSeparator: ' ',
  };
  return (
    <Fieldset legend={t('context.window')}>
      <Stack gap="sm">
        <NumberInput
          label={t('context.max_tokens')}
          description={useExcessText(form)}
          inputWrapperOrder={['label', 'input', 'description', 'error']}
          {...automatic}
          {...form.getInputProps('max_tokens')}
        />
        <NumberInput
          label={t('context.max_messages')}
          {...automatic}
          {...form.getInputProps('max_messages')}
        />
        <Select
          label={t('context.strategy')}
          data={strategies}
          allowDeselect={false}
          {...form.getInputProps('strategy')}
        />
      </Stack>
    </Fieldset>
  );
}

/** A limit may be above what the model reads, for another may be chosen later; but whoever sets it should know. */
function useExcessText({ values }: ContextFields): string | undefined {
  const { t } = useTranslation();
  const number = useNumbers();
  const excess = excessOf(useModels() ?? [], values.model, values.max_tokens);
  return excess && t('context.tooMuch', { model: excess.model, tokens: number(excess.limit) });
}
