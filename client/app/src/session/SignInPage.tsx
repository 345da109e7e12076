import { Alert, Anchor, Center, Group, Paper, Stack, Text, Title } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useIsOffline } from '../installed/useIsOffline';
import { LanguageSwitch } from '../shell/LanguageSwitch';
import { Logo } from '../shell/Logo';
import { ThemeSwitch } from '../shell/ThemeSwitch';
import { usePageTitle } from '../site/usePageTitle';
import { useSite, useSiteName } from '../site/useSite';
import { CredentialsForm } from './CredentialsForm';
import { hasBeenHere } from './visits';

/** `hasEnded`: this page took the place of a sign-in that was over. */
export function SignInPage({ hasEnded }: { hasEnded: boolean }) {
  const { t } = useTranslation();
  const isOffline = useIsOffline();
  const isOpen = useSite().config?.registration !== 'closed';
  const [wantsAccount, setWantsAccount] = useState(() => window.location.pathname.startsWith('/register'));
  const [email, setEmail] = useState('');
  const isNew = wantsAccount && isOpen;
  const title = isNew ? t('register.title') : t(hasBeenHere() ? 'signIn.titleAgain' : 'signIn.title');
  usePageTitle(title);
  return (
    <Center component="main" mih="100dvh" p="md" className="signIn">
      <Stack w="100%" maw={400} gap="lg">
        <Product />
        {hasEnded && <Alert variant="light">{t('signIn.ended')}</Alert>}
        {isOffline && (
          <Alert variant="light" role="status" title={t('signIn.offline')}>
            {t('signIn.offlineHint')}
          </Alert>
        )}
        <Paper withBorder radius="lg" p={{ base: 'lg', xs: 'xl' }}>
          <Title order={2} fz="lg" mb="md">
            {title}
          </Title>
          <CredentialsForm key={String(isNew)} isNew={isNew} email={email} onEmail={setEmail} />
        </Paper>
        {isOpen ? (
          <Text ta="center" size="sm">
            {isNew ? t('register.toSignIn') : t('signIn.toRegister')}{' '}
            <Anchor component="button" type="button" size="sm" onClick={() => setWantsAccount(!isNew)}>
              {isNew ? t('register.toSignInAction') : t('signIn.toRegisterAction')}
            </Anchor>
          </Text>
        ) : (
          <Text ta="center" size="sm" c="dimmed">
            {t('signIn.closed')}
          </Text>
        )}
        <Group justify="center" gap="xs">
          <LanguageSwitch />
          <ThemeSwitch />
        </Group>
      </Stack>
    </Center>
  );
}

/** What one has come to. */
function Product() {
  const { t } = useTranslation();
  const name = useSiteName();
  return (
    <Stack align="center" gap={6}>
      <Logo size={44} />
      <Title order={1} fz={26} mt="sm" ta="center" className="breakable">
        {name}
      </Title>
      <Text c="dimmed" ta="center">
        {t('signIn.subtitle')}
      </Text>
    </Stack>
  );
}
