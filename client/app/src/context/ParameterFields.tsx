import { Fieldset, Group, NumberInput, Stack, Textarea } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { ContextFields } from './contextValues';
import { ModelField } from './ModelField';

/** Which model is asked, and how. */
export function ParameterFields({ form }: { form: ContextFields }) {
  const { t } = useTranslation();
  const automatic = { placeholder: t('context.automatic'), step: 0.1, clampBehavior: 'none' as const };
  return (
    <Fieldset legend={t('context.parameters')}>
      <Stack gap="sm">
        <ModelField value={form.values.model} onChange={(model) => form.setFieldValue('model', model)} />
        <Textarea
          label={t('context.system')}
          placeholder={t('context.systemHint')}
          autosize
          minRows={3}
          maxRows={10}
          {...form.getInputProps('system')}
        />
        <Group grow align="flex-start">
          <NumberInput
            label={t('context.temperature')}
            {...automatic}
            {...form.getInputProps('temperature')}
          />
          <NumberInput label={t('context.top_p')} {...automatic} {...form.getInputProps('top_p')} />
        </Group>
        <NumberInput
          label={t('context.max_output_tokens')}
          {...automatic}
          step={1}
          allowDecimal={false}
          thousandSeparator=" "
          {...form.getInputProps('max_output_tokens')}
        />
      </Stack>
    </Fieldset>
  );
}
