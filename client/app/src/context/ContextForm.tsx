import { useActions, useConnection } from '@bitworks/react';
import type { Context, Failure, Pending } from '@bitworks/sdk';
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

interface ContextFormProps {
  readonly conversationId: string;
  /** As the server holds it. */
  readonly context: Context | undefined;
  /** With what waits to be sent. */
  readonly shown: ContextValues;
  readonly pending: Pending | undefined;
}

/**
 * Edits the context as it was when the editing began, and says so when saving: what was changed elsewhere meanwhile is
 * not overwritten unseen. Until something is typed, the form follows what is changed elsewhere. What waits for the
 * connection, or was refused, is in the fields until it is settled, also when the form was away meanwhile.
 */
export function ContextForm({ conversationId, context, shown, pending }: ContextFormProps) {
  const { t } = useTranslation();
  const rangeText = useRangeText();
  const { saveContext, retry, discard } = useActions();
  const [base, setBase] = useState(context);
  const [isSaved, setIsSaved] = useState(false);
  const form = useForm<ContextValues>({
    initialValues: shown,
    validate: (values) => Object.fromEntries(outOfRange(values).map((name) => [name, rangeText(name)])),
  });
  const failure = pending?.status === 'failed' ? pending.failure : undefined;
  const isBehind = (context?.revision ?? 0) > (base?.revision ?? 0);

  function takeTheirs(): void {
    if (failure) drop();
    setBase(context);
    setIsSaved(false);
    form.setInitialValues(valuesOf(context));
    form.setValues(valuesOf(context));
  }

  /** What was refused is given up for what is saved now. */
  function drop(): void {
    if (pending) discard(pending.key);
  }

  async function save(upon: Context | undefined, values: ContextValues): Promise<void> {
    if (failure) drop();
    const { settled } = saveContext({
      conversation_id: conversationId,
      ...inputOf(values, upon),
      ...(upon && { if_revision: upon.revision }),
    });
    form.resetDirty(values);
    setIsSaved(false);
    const outcome = await settled;
    setIsSaved(outcome.ok);
    if (!outcome.ok) form.setErrors(errorsOf(outcome.failure));
    else if ('context_window' in outcome.data.data) setBase(outcome.data.data);
  }

  function errorsOf({ errors = [] }: Failure): Record<string, string> {
    const found = errors.map(({ field, message }) => [field.split('.').at(-1) ?? field, message] as const);
    return Object.fromEntries(found.map(([name, message]) => [name, rangeText(name) ?? message]));
  }

  function saveMine(): void {
    form.setValues(mine);
    void save(context, mine);
  }

  // A pin, say, leaves what is edited here as it was.
  const isElsewhere = isBehind && differing(valuesOf(base), valuesOf(context)).length === 0;
  if (isElsewhere && !pending) setBase(context);
  if (isBehind && !form.isDirty() && !pending) takeTheirs();
  const mine = rebased(valuesOf(base), form.values, valuesOf(context));
  const isStale = failure !== undefined && ['stale', 'context_exists'].includes(failure.code);

  return (
    <form onSubmit={form.onSubmit((values) => void save(base, values))}>
      <Stack gap="lg">
        <WindowFields form={form} />
        <ParameterFields form={form} />
        {(isStale || (isBehind && form.isDirty() && !pending)) && (
          <ContextConflict
            isRefused={isStale}
            mine={mine}
            theirs={valuesOf(context)}
            onTheirs={takeTheirs}
            onMine={saveMine}
          />
        )}
        {failure && pending && !isStale && (
          <Refusal failure={failure} onRetry={() => retry(pending.key)} onDiscard={takeTheirs} />
        )}
        <Group justify="flex-end" gap="sm">
          <Progress isWaiting={pending?.status === 'sending'} isSaved={isSaved && !form.isDirty()} />
          <Button type="submit" disabled={!form.isDirty()}>
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

/** Where the latest saving stands. */
function Progress({ isWaiting, isSaved }: { isWaiting: boolean; isSaved: boolean }) {
  const { t } = useTranslation();
  const { status } = useConnection();
  const isConnected = status === 'live' || status === 'catching-up';
  if (!isWaiting && !isSaved) return null;
  const waiting = isConnected ? t('message.sending') : t('message.waiting');
  return (
    <Text size="sm" c="dimmed" role="status">
      {isWaiting ? waiting : t('context.saved')}
    </Text>
  );
}

interface RefusalProps {
  readonly failure: Failure;
  readonly onRetry: () => void;
  readonly onDiscard: () => void;
}

function Refusal({ failure, onRetry, onDiscard }: RefusalProps) {
  const { t } = useTranslation();
  const failureText = useFailureText();
  return (
    <Alert color="red" variant="light" role="alert">
      {failureText(failure)}
      <Group gap="xs" mt="sm">
        <Button size="xs" variant="default" onClick={onDiscard}>
          {t('common.discard')}
        </Button>
        <Button size="xs" variant="light" onClick={onRetry}>
          {t('common.retry')}
        </Button>
      </Group>
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
