import { Button, Group, PasswordInput, Stack, Text, Title } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useDisclosure } from '@mantine/hooks';
import { useTranslation } from 'react-i18next';
import { auth } from '../session/auth';
import { useCredentialChecks } from '../session/useCredentialChecks';
import { useAttempt } from './useAttempt';

/** What cannot be undone is out of sight until it is asked for. */
export function DeletionForm() {
  const { t } = useTranslation();
  const [isAsked, { open, close }] = useDisclosure(false);
  if (isAsked) return <Confirmation onCancel={close} />;
  return (
    <Button variant="subtle" color="red" px="xs" w="fit-content" onClick={open}>
      {t('account.deleteOpen')}
    </Button>
  );
}

function Confirmation({ onCancel }: { onCancel: () => void }) {
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
          autoFocus
          {...form.getInputProps('password')}
        />
        {message}
        <Group gap="sm">
          <Button type="submit" color="red" variant="light" loading={form.submitting}>
            {t('account.deleteAction')}
          </Button>
          <Button variant="default" onClick={onCancel}>
            {t('common.cancel')}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
