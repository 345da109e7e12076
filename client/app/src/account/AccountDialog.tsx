import { BitworksError } from '@bitworks/sdk';
import { Alert, Button, Divider, Modal, PasswordInput, Stack, Text, Title } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useFailureText } from '../i18n/useFailureText';
import { auth } from '../session/auth';
import { useCredentialChecks } from '../session/useCredentialChecks';
import { SessionList } from './SessionList';

export default function AccountDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Modal
      opened
      onClose={onClose}
      title={t('account.title')}
      size="lg"
      radius="lg"
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      <Stack gap="xl">
        <SessionList />
        <Divider />
        <PasswordForm />
        <Divider />
        <DeletionForm />
      </Stack>
    </Modal>
  );
}

function PasswordForm() {
  const { t } = useTranslation();
  const checks = useCredentialChecks();
  const { message, run } = useAttempt();
  const form = useForm({
    initialValues: { old: '', next: '' },
    validate: { old: checks.present, next: checks.newPassword },
  });

  const submit = ({ old, next }: { old: string; next: string }) =>
    run(async () => {
      await auth.changePassword(old, next);
      form.reset();
      return t('account.passwordChanged');
    });

  return (
    <form onSubmit={form.onSubmit(submit)}>
      <Stack gap="sm">
        <Title order={3} fz="md">
          {t('account.password')}
        </Title>
        <PasswordInput
          label={t('account.oldPassword')}
          autoComplete="current-password"
          {...form.getInputProps('old')}
        />
        <PasswordInput
          label={t('account.newPassword')}
          autoComplete="new-password"
          {...form.getInputProps('next')}
        />
        {message}
        <Button type="submit" variant="light" loading={form.submitting} w="fit-content">
          {t('account.change')}
        </Button>
      </Stack>
    </form>
  );
}

function DeletionForm() {
  const { t } = useTranslation();
  const checks = useCredentialChecks();
  const { message, run } = useAttempt();
  const form = useForm({ initialValues: { password: '' }, validate: { password: checks.present } });
  const submit = ({ password }: { password: string }) =>
    run(async () => {
      await auth.deleteAccount(password);
      return undefined;
    });

  return (
    <form onSubmit={form.onSubmit(submit)}>
      <Stack gap="sm">
        <Title order={3} fz="md">
          {t('account.delete')}
        </Title>
        <Text size="sm" c="dimmed">
          {t('account.deleteHint')}
        </Text>
        <PasswordInput
          label={t('signIn.password')}
          autoComplete="current-password"
          {...form.getInputProps('password')}
        />
        {message}
        <Button type="submit" color="red" variant="light" loading={form.submitting} w="fit-content">
          {t('account.deleteAction')}
        </Button>
      </Stack>
    </form>
  );
}

/** Runs something that may be refused, and says how it went. */
function useAttempt() {
  const failureText = useFailureText();
  const [said, setSaid] = useState<{ words: string; isGood: boolean }>();

  async function run(step: () => Promise<string | undefined>): Promise<void> {
    setSaid(undefined);
    try {
      const words = await step();
      if (words !== undefined) setSaid({ words, isGood: true });
    } catch (error) {
      if (!(error instanceof BitworksError)) throw error;
      setSaid({ words: failureText(error.failure), isGood: false });
    }
  }

  const message = said && (
    <Alert variant="light" color={said.isGood ? 'pine' : 'red'} role={said.isGood ? 'status' : 'alert'}>
      {said.words}
    </Alert>
  );
  return { message, run };
}
