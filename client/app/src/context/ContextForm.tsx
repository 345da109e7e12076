import { useActions } from '@bitworks/react';
import type { Context, Failure } from '@bitworks/sdk';
import {
  Alert,
  Button,
  Fieldset,
  Group,
  NumberInput,
  Select,
  Stack,
  Text,
  Textarea,
  TextInput,
} from '@mantine/core';
import { useForm } from '@mantine/form';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useFailureText } from '../i18n/useFailureText';
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
  const { saveContext } = useActions();
  const [base, setBase] = useState(context);
  const [outcome, setOutcome] = useState<Outcome>();
  const form = useForm<ContextValues>({ initialValues: valuesOf(context) });
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
      setOutcome({ is: 'failed', failure: answer.failure });
      return;
    }
    setBase(answer.data);
    form.resetDirty(values);
    setOutcome({ is: 'saved' });
  }

  if (isBehind && !form.isDirty() && !form.submitting) takeTheirs();
  const isStale = outcome?.is === 'failed' && ['stale', 'context_exists'].includes(outcome.failure.code);

  return (
    <form onSubmit={form.onSubmit((values) => save(base, values))}>
      <Stack gap="lg">
        <WindowFields form={form} />
        <ParameterFields form={form} />
        {(isStale || (isBehind && form.isDirty())) && (
          <Alert color="yellow" variant="light" role="alert" data-testid="stale">
            <Text size="sm">{isStale ? t('context.stale') : t('context.changed')}</Text>
            <Group gap="xs" mt="sm">
              <Button size="xs" variant="default" onClick={takeTheirs}>
                {t('context.theirs')}
              </Button>
              <Button size="xs" variant="light" onClick={() => void save(context, form.values)}>
                {t('context.mine')}
              </Button>
            </Group>
          </Alert>
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

type Form = ReturnType<typeof useForm<ContextValues>>;

function WindowFields({ form }: { form: Form }) {
  const { t } = useTranslation();
  const strategies = (['default', 'sliding', 'summary'] as const).map((name) => ({
    value: name === 'default' ? '' : name,
    label: t(`context.strategies.${name}`),
  }));
  const automatic = {
    placeholder: t('context.automatic'),
    min: 1,
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
  const automatic = { placeholder: t('context.automatic'), min: 0, step: 0.1 };
  return (
    <Fieldset legend={t('context.parameters')}>
      <Stack gap="sm">
        <TextInput
          label={t('context.model')}
          placeholder={t('context.automatic')}
          {...form.getInputProps('model')}
        />
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
            max={2}
            {...form.getInputProps('temperature')}
          />
          <NumberInput label={t('context.top_p')} {...automatic} max={1} {...form.getInputProps('top_p')} />
        </Group>
        <NumberInput
          label={t('context.max_output_tokens')}
          {...automatic}
          min={1}
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
