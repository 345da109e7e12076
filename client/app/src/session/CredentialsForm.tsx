import { BitworksError } from '@bitworks/sdk';
import { Alert, Anchor, Button, PasswordInput, Stack, Text, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useDisclosure } from '@mantine/hooks';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useFailureText } from '../i18n/useFailureText';
import { auth } from './auth';
import { useCredentialChecks } from './useCredentialChecks';

interface CredentialsFormProps {
  /** Whether an account is to be made. */
  readonly isNew: boolean;
  /** As typed in the other form, so that nobody types it twice. */
  readonly email: string;
  readonly onEmail: (email: string) => void;
}

export function CredentialsForm({ isNew, email, onEmail }: CredentialsFormProps) {
  const { t } = useTranslation();
  const failureText = useFailureText({ setsPassword: isNew });
  const checks = useCredentialChecks();
  const [problem, setProblem] = useState<string>();
  const [hadEmail] = useState(email !== '');
  const form = useForm({
    initialValues: { email, password: '' },
    validate: { email: checks.email, password: isNew ? checks.newPassword : checks.present },
    onValuesChange: (values) => onEmail(values.email),
  });

  async function submit({ email, password }: { email: string; password: string }): Promise<void> {
    setProblem(undefined);
    try {
      await (isNew ? auth.register(email, password) : auth.login(email, password));
    } catch (error) {
      if (error instanceof BitworksError) setProblem(failureText(error.failure));
      else throw error;
    }
  }

  return (
    <form onSubmit={form.onSubmit(submit)} noValidate>
      <Stack>
        <TextInput
          label={t('signIn.email')}
          type="email"
          autoComplete="username"
          autoFocus={!hadEmail}
          {...form.getInputProps('email')}
        />
        <PasswordInput
          label={t('signIn.password')}
          description={isNew ? t('register.hint') : undefined}
          autoComplete={isNew ? 'new-password' : 'current-password'}
          autoFocus={hadEmail}
          {...form.getInputProps('password')}
        />
        {problem !== undefined && (
          <Alert color="red" variant="light" role="alert">
            {problem}
          </Alert>
        )}
        <Button type="submit" size="md" mt="xs" loading={form.submitting}>
          {isNew ? t('register.submit') : t('signIn.submit')}
        </Button>
        {!isNew && <Forgotten />}
      </Stack>
    </form>
  );
}

/** The server sends no mail: who runs it gives a new password. */
function Forgotten() {
  const { t } = useTranslation();
  const [isTold, { open }] = useDisclosure(false);
  return (
    <div>
      {isTold ? (
        <Text ref={takeFocus} tabIndex={-1} size="sm" c="dimmed" ta="center">
          {t('signIn.forgottenHint')}
        </Text>
      ) : (
        <Text ta="center" size="sm">
          <Anchor component="button" type="button" size="sm" onClick={open}>
            {t('signIn.forgotten')}
          </Anchor>
        </Text>
      )}
    </div>
  );
}

/** What was pressed goes away: what comes in its place has the focus then, and is read. */
function takeFocus(hint: HTMLElement | null): void {
  hint?.focus();
}
