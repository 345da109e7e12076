import { Anchor, Group, Input, Slider, Text } from '@mantine/core';
import { useId } from 'react';
import { useTranslation } from 'react-i18next';
import { useNumbers } from '../i18n/useNumbers';
import { RANGES } from './contextRanges';
import { creativityOf } from './creativity';

const [LEAST, MOST] = RANGES.temperature;
/** Where the handle stands while the model decides. */
const MIDDLE = 1;

interface CreativityFieldProps {
  readonly value: number | '';
  readonly onChange: (temperature: number | '') => void;
}

/** The temperature, as a way between precise and creative; untouched, the model's own. */
export function CreativityField({ value, onChange }: CreativityFieldProps) {
  const { t } = useTranslation();
  const number = useNumbers();
  const label = useId();
  const words = (temperature: number) => t(`context.creativity.${creativityOf(temperature)}`);
  const isSet = value !== '';
  const said = isSet ? `${words(value)} · ${number(value)}` : t('context.automatic');
  return (
    <div role="group" aria-labelledby={label}>
      <Group justify="space-between" mb={6}>
        <Input.Label labelElement="div" id={label}>
          {t('context.temperature')}
        </Input.Label>
        <Text size="sm" c="dimmed">
          {said}{' '}
          {isSet && (
            <Anchor component="button" type="button" inherit onClick={() => onChange('')}>
              {t('context.reset')}
            </Anchor>
          )}
        </Text>
      </Group>
      <Slider
        {...{ min: LEAST, max: MOST, step: 0.1, label: null }}
        color={isSet ? 'pine' : 'gray'}
        value={isSet ? value : MIDDLE}
        onChange={onChange}
        thumbLabel={t('context.temperature')}
        thumbValueText={said}
      />
      <Group justify="space-between" mt={4} aria-hidden>
        <Text size="xs" c="dimmed">
          {t('context.creativity.precise')}
        </Text>
        <Text size="xs" c="dimmed">
          {t('context.creativity.veryCreative')}
        </Text>
      </Group>
    </div>
  );
}
