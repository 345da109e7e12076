import { Collapse, NumberInput, Stack, UnstyledButton } from '@mantine/core';
import { IconChevronRight } from '@tabler/icons-react';
import { useId } from 'react';
import { useTranslation } from 'react-i18next';
import { useNumbers } from '../i18n/useNumbers';
import { excessOf } from '../models/modelLimits';
import { useModels } from '../models/useModels';
import type { ContextFields } from './contextValues';

interface AdvancedFieldsProps {
  readonly form: ContextFields;
  readonly isOpen: boolean;
  readonly onToggle: () => void;
}

/** What few need, in numbers, each with what it means. */
export function AdvancedFields({ form, isOpen, onToggle }: AdvancedFieldsProps) {
  const { t } = useTranslation();
  const id = useId();
  const automatic = { placeholder: t('context.automatic'), clampBehavior: 'none' as const };
  const whole = { ...automatic, allowDecimal: false, thousandSeparator: ' ' };
  return (
    <div className="panelSection">
      <UnstyledButton className="unfold" onClick={onToggle} aria-expanded={isOpen} aria-controls={id}>
        <IconChevronRight size={16} aria-hidden />
        {t('context.advanced')}
      </UnstyledButton>
      <Collapse expanded={isOpen} id={id} transitionDuration={0}>
        <Stack gap="sm" pt="sm">
          <NumberInput
            label={t('context.max_tokens')}
            description={useExcessText(form) ?? t('context.max_tokensHint')}
            {...whole}
            {...form.getInputProps('max_tokens')}
          />
          <NumberInput
            label={t('context.max_messages')}
            description={t('context.max_messagesHint')}
            {...whole}
            {...form.getInputProps('max_messages')}
          />
          <NumberInput
            label={t('context.max_output_tokens')}
            description={t('context.max_output_tokensHint')}
            {...whole}
            {...form.getInputProps('max_output_tokens')}
          />
          <NumberInput
            label={t('context.top_p')}
            description={t('context.top_pHint')}
            step={0.1}
            {...automatic}
            {...form.getInputProps('top_p')}
          />
        </Stack>
      </Collapse>
    </div>
  );
}

/** A limit may be above what the model reads, for another may be chosen later; but whoever sets it should know. */
function useExcessText({ values }: ContextFields): string | undefined {
  const { t } = useTranslation();
  const number = useNumbers();
  const excess = excessOf(useModels() ?? [], values.model, values.max_tokens);
  return excess && t('context.tooMuch', { model: excess.model, tokens: number(excess.limit) });
}
