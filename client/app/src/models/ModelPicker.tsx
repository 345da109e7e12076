import { Menu, Text } from '@mantine/core';
import { IconChevronDown } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { answering, presetOf } from './modelLimits';
import { useModelName } from './useModelName';
import { useModels } from './useModels';

interface ModelPickerProps {
  /** Empty for the one that answers where none was chosen; so it is with one that is not offered any more. */
  readonly value: string;
  readonly onChange: (model: string) => void;
}

/** Which model will answer, and the others that could. Shows nothing where nobody answers. */
export function ModelPicker({ value, onChange }: ModelPickerProps) {
  const { t } = useTranslation();
  const nameOf = useModelName();
  const models = useModels() ?? [];
  const preset = presetOf(models);
  const chosen = answering(models, value);
  if (!chosen) return null;
  const name = (
    <Text size="sm" fw={600} truncate>
      {nameOf(chosen)}
    </Text>
  );
  if (models.length === 1) return name;
  return (
    <Menu position="bottom-start" shadow="md">
      <Menu.Target>
        <button
          type="button"
          className="titleButton"
          aria-label={t('models.choose', { model: nameOf(chosen) })}
        >
          {name}
          <IconChevronDown size={16} aria-hidden className="unshrinkable" />
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.RadioGroup value={chosen.id} onChange={(id) => onChange(id === preset ? '' : id)}>
          {models.map((model) => (
            <Menu.RadioItem key={model.id} value={model.id}>
              {nameOf(model)}
            </Menu.RadioItem>
          ))}
        </Menu.RadioGroup>
      </Menu.Dropdown>
    </Menu>
  );
}
