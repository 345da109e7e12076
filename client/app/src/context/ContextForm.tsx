import { useActions } from '@bitworks/react';
import type { Context, Failure, Pending } from '@bitworks/sdk';
import { Button, Group, Stack } from '@mantine/core';
import { useForm, type FormErrors } from '@mantine/form';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { AdvancedFields } from './AdvancedFields';
import { ContextConflict } from './ContextConflict';
import { differing, rebased } from './conflictValues';
import { ADVANCED, outOfRange, RANGES } from './contextRanges';
import { MainFields } from './MainFields';
import { MemorySection } from './MemorySection';
import { SavingProgress, SavingRefusal } from './SavingState';
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
  const [isAdvanced, setIsAdvanced] = useState(false);
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
    if (!outcome.ok) refuse(errorsOf(outcome.failure));
    else if ('context_window' in outcome.data.data) setBase(outcome.data.data);
  }

  /** What is refused is brought into sight. */
  function refuse(errors: FormErrors): void {
    form.setErrors(errors);
    if (ADVANCED.some((name) => name in errors)) setIsAdvanced(true);
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
    <form
      onSubmit={form.onSubmit((values) => (form.isDirty() ? void save(base, values) : undefined), refuse)}
    >
      <Stack gap="lg">
        <MainFields form={form} />
        <MemorySection form={form} />
        <AdvancedFields form={form} isOpen={isAdvanced} onToggle={() => setIsAdvanced(!isAdvanced)} />
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
          <SavingRefusal failure={failure} onRetry={() => retry(pending.key)} onDiscard={takeTheirs} />
        )}
        <Group justify="flex-end" gap="sm" className="panelFoot">
          <SavingProgress isWaiting={pending?.status === 'sending'} isSaved={isSaved && !form.isDirty()} />
          {/* Disabled by looks only: it would lose the focus at the moment it saves. */}
          <Button type="submit" data-disabled={!form.isDirty()} aria-disabled={!form.isDirty()}>
            {t('common.save')}
          </Button>
        </Group>
      </Stack>
    </form>
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
