import { useActions } from '@bitworks/react';
import type { Context, Failure } from '@bitworks/sdk';
import { Alert, Button, Fieldset, Group, NumberInput, Select, Stack, Text, Textarea } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useFailureText } from '../i18n/useFailureText';
import { ContextConflict } from './ContextConflict';
import { differing, rebased } from './conflictValues';
import { outOfRange, RANGES } from './contextRanges';
import { ModelField } from './ModelField';
import { useNumbers } from '../i18n/useNumbers';
import { inputOf, valuesOf, type ContextValues } from './contextValues';

type Outcome = { readonly is: 'saved' } | { readonly is: 'failed'; readonly failure: Failure };

/**
 * Edits the context as it was when the editing began, and says so when saving: what was changed elsewhere meanwhile is
 * not overwritten unseen. Until something is typed, the form follows what is changed elsewhere.
 */
export function ContextForm({
  conversationId,
  context,
}: {
  conversationId: string;
  context: Context | undefined;
}) {
  const { t } = useTranslation();
  const rangeText = useRangeText();
  const { saveContext } = useActions();
  const [base, setBase] = useState(context);
  const [outcome, setOutcome] = useState<Outcome>();
  const form = useForm<ContextValues>({
    initialValues: valuesOf(context),
    validate: (values) => Object.fromEntries(outOfRange(values).map((name) => [name, rangeText(name)])),
  });
  const isBehind = (context?.revision ?? 0) > (base?.revision ?? 0);

  function takeTheirs(): void {
    setBase(context);
    setOutcome(undefined);
    form.setInitialValues(valuesOf(context));
    form.setValues(valuesOf(context));
  }

  async function save(upon: Context | undefined, values: ContextValues): Promise<void> {
    const answer = await saveContext({
      conversation_id: conversationId,
      ...inputOf(values, upon),
      ...(upon && { if_revision: upon.revision }),
    });
    if (!answer.ok) {
      form.setErrors(errorsOf(answer.failure));
      setOutcome({ is: 'failed', failure: answer.failure });
      return;
    }
    setBase(answer.data);
    form.resetDirty(values);
    setOutcome({ is: 'saved' });
  }

  function errorsOf({ errors = [] }: Failure): Record<string, string> {
    const found = errors.map(({ field, message }) => [field.split('.').at(-1) ?? field, message] as const);
    return Object.fromEntries(found.map(([name, message]) => [name, rangeText(name) ?? message]));
  }

  async function saveMine(): Promise<void> {
    form.setValues(mine);
    await save(context, mine);
  }

  // A pin, say, leaves what is edited here as it was.
  const isElsewhere = isBehind && differing(valuesOf(base), valuesOf(context)).length === 0;
  if (isElsewhere && !form.submitting) setBase(context);
  if (isBehind && !form.isDirty() && !form.submitting) takeTheirs();
  const mine = rebased(valuesOf(base), form.values, valuesOf(context));
  const isStale = outcome?.is === 'failed' && ['stale', 'context_exists'].includes(outcome.failure.code);

  return (
    <form onSubmit={form.onSubmit((values) => save(base, values))}>
      <Stack gap="lg">
        <WindowFields form={form} />
        <ParameterFields form={form} />
        {(isStale || (isBehind && form.isDirty())) && (
          <ContextConflict
            isRefused={isStale}
            mine={mine}
            theirs={valuesOf(context)}
            onTheirs={takeTheirs}
            onMine={() => void saveMine()}
          />
        )}
        {outcome?.is === 'failed' && !isStale && <Refusal failure={outcome.failure} />}
        <Group justify="flex-end" gap="sm">
          {outcome?.is === 'saved' && !form.isDirty() && (
            <Text size="sm" c="dimmed" role="status">
              {t('context.saved')}
            </Text>
          )}
          <Button type="submit" loading={form.submitting} disabled={!form.isDirty()}>
            {t('common.save')}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

type Form = Pick<ReturnType<typeof useForm<ContextValues>>, 'getInputProps' | 'values' | 'setFieldValue'>;

function WindowFields({ form }: { form: Form }) {
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
        <NumberInput label={t('context.max_tokens')} {...automatic} {...form.getInputProps('max_tokens')} />
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

function ParameterFields({ form }: { form: Form }) {
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

function Refusal({ failure }: { failure: Failure }) {
  const failureText = useFailureText();
  return (
    <Alert color="red" variant="light" role="alert">
      {failureText(failure)}
    </Alert>
  );
}

/** What a number may be, in words; undefined for what is no number. */
function useRangeText(): (name: string) => string | undefined {
  const { t } = useTranslation();
  const number = useNumbers();
  return (name) => {
    const range = Object.entries(RANGES).find(([known]) => known === name)?.[1];
    return range && t('context.range', { least: number(range[0]), most: number(range[1]) });
  };
}
