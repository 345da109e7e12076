import { Button, PasswordInput, Stack } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useTranslation } from 'react-i18next';
import { auth } from '../session/auth';
import { useCredentialChecks } from '../session/useCredentialChecks';
import { useAttempt } from './useAttempt';

export function PasswordForm() {
  const { t } = useTranslation();
  const checks = useCredentialChecks();
  const { message, run } = useAttempt({ setsPassword: true });
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
        <PasswordInput
          label={t('account.oldPassword')}
          autoComplete="current-password"
          {...form.getInputProps('old')}
        />
        <PasswordInput
          label={t('account.newPassword')}
          description={t('register.hint')}
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
