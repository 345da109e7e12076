import { BitworksError } from '@bitworks/sdk';
import {
  Alert,
  Anchor,
  Button,
  Center,
  Group,
  Paper,
  PasswordInput,
  Stack,
  Text,
  TextInput,
  Title,
} from '@mantine/core';
import { useForm } from '@mantine/form';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useFailureText } from '../i18n/useFailureText';
import { useIsOffline } from '../installed/useIsOffline';
import { Logo } from '../shell/Logo';
import { LanguageSwitch } from '../shell/LanguageSwitch';
import { ThemeSwitch } from '../shell/ThemeSwitch';
import { auth } from './auth';
import { useCredentialChecks } from './useCredentialChecks';

/** `hasEnded`: this page took the place of a sign-in that was over. */
export function SignInPage({ hasEnded }: { hasEnded: boolean }) {
  const { t } = useTranslation();
  const isOffline = useIsOffline();
  const [isNew, setIsNew] = useState(() => window.location.pathname === '/register');
  return (
    <Center component="main" mih="100dvh" p="md" className="signIn">
      <Stack w="100%" maw={400} gap="lg">
        <Stack align="center" gap={6}>
          <Logo size={44} />
          <Title order={1} fz={26} mt="sm">
            {isNew ? t('register.title') : t('signIn.title')}
          </Title>
          <Text c="dimmed" ta="center">
            {t('signIn.subtitle')}
          </Text>
        </Stack>
        {hasEnded && <Alert variant="light">{t('signIn.ended')}</Alert>}
        {isOffline && (
          <Alert variant="light" role="status" title={t('signIn.offline')}>
            {t('signIn.offlineHint')}
          </Alert>
        )}
        <Paper withBorder radius="lg" p={{ base: 'lg', xs: 'xl' }}>
          <CredentialsForm key={String(isNew)} isNew={isNew} />
        </Paper>
        <Text ta="center" size="sm">
          {isNew ? t('register.toSignIn') : t('signIn.toRegister')}{' '}
          <Anchor component="button" type="button" size="sm" onClick={() => setIsNew(!isNew)}>
            {isNew ? t('register.toSignInAction') : t('signIn.toRegisterAction')}
          </Anchor>
        </Text>
        <Group justify="center" gap="xs">
          <LanguageSwitch />
          <ThemeSwitch />
        </Group>
      </Stack>
    </Center>
  );
}

function CredentialsForm({ isNew }: { isNew: boolean }) {
  const { t } = useTranslation();
  const failureText = useFailureText();
  const checks = useCredentialChecks();
  const [problem, setProblem] = useState<string>();
  const form = useForm({
    initialValues: { email: '', password: '' },
    validate: { email: checks.email, password: isNew ? checks.newPassword : checks.present },
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
          autoFocus
          {...form.getInputProps('email')}
        />
        <PasswordInput
          label={t('signIn.password')}
          description={isNew ? t('register.hint') : undefined}
          autoComplete={isNew ? 'new-password' : 'current-password'}
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
      </Stack>
    </form>
  );
}
