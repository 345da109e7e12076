import type { Model } from '@bitworks/sdk';
import { Select, TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useNumbers } from '../i18n/useNumbers';
import { limitOf, presetOf } from '../models/modelLimits';
import { useModels } from '../models/useModels';

interface ModelFieldProps {
  readonly value: string;
  readonly onChange: (model: string) => void;
}

/**
 * The models that answer here, to choose from, and the one that was chosen before even if it answers no more. Where
 * nobody answers, any name may be written: other programs read it.
 */
export function ModelField({ value, onChange }: ModelFieldProps) {
  const { t } = useTranslation();
  const number = useNumbers();
  const models = useModels();
  if (!models || models.length === 0)
    return (
      <TextInput
        label={t('context.model')}
        description={models && t('context.noModels')}
        placeholder={t('context.automatic')}
        maxLength={200}
        value={value}
        onChange={({ currentTarget }) => onChange(currentTarget.value)}
      />
    );
  const names = models.map(({ id }) => id);
  const nameOf = (model: Model) => {
    const limit = limitOf(model);
    if (limit === undefined) return model.id;
    return t('context.modelReads', { model: model.id, tokens: number(limit) });
  };
  const preset = presetOf(models);
  const automatic = preset === undefined ? t('context.automatic') : t('context.modelIs', { model: preset });
  const data = [
    { value: '', label: automatic },
    ...models.map((model) => ({ value: model.id, label: nameOf(model) })),
    ...(value === '' || names.includes(value)
      ? []
      : [{ value, label: t('context.modelAway', { model: value }) }]),
  ];
  return (
    <Select
      label={t('context.model')}
      data={data}
      value={value}
      searchable={names.length > 8}
      allowDeselect={false}
      onChange={(model) => onChange(model ?? '')}
    />
  );
}
