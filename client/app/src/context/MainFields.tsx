import { Textarea } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { ContextFields } from './contextValues';
import { CreativityField } from './CreativityField';
import { ModelField } from './ModelField';

/** What most people come for: which model, what it is told, how freely it answers. */
export function MainFields({ form }: { form: ContextFields }) {
  const { t } = useTranslation();
  return (
    <>
      <ModelField value={form.values.model} onChange={(model) => form.setFieldValue('model', model)} />
      <Textarea
        label={t('context.system')}
        placeholder={t('context.systemHint')}
        autosize
        minRows={3}
        maxRows={10}
        {...form.getInputProps('system')}
      />
      <CreativityField
        value={form.values.temperature}
        onChange={(temperature) => form.setFieldValue('temperature', temperature)}
      />
    </>
  );
}
