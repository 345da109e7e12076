import { Select, TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { presetOf } from '../models/modelLimits';
import { useModelName } from '../models/useModelName';
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
  const nameOf = useModelName();
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
  const preset = models.find(({ id }) => id === presetOf(models));
  const others = models.filter((model) => model !== preset);
  // Chosen by name, the preset is the same model: it stands in the list once.
  const chosen = value === preset?.id ? '' : value;
  const isKnown = chosen === '' || others.some(({ id }) => id === chosen);
  const automatic = preset ? t('context.modelDefault', { model: nameOf(preset) }) : t('context.automatic');
  return (
    <Select
      label={t('context.model')}
      data={[
        { value: '', label: automatic },
        ...others.map((model) => ({ value: model.id, label: nameOf(model) })),
        ...(isKnown ? [] : [{ value: chosen, label: t('context.modelAway', { model: chosen }) }]),
      ]}
      value={chosen}
      searchable={models.length > 8}
      allowDeselect={false}
      onChange={(model) => onChange(model ?? '')}
    />
  );
}
