import { Avatar, Menu, Text, UnstyledButton, VisuallyHidden } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconKeyboard, IconLogout, IconSelector, IconUserCog } from '@tabler/icons-react';
import { lazy, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import { InstallItem } from '../installed/InstallItem';
import { auth } from '../session/auth';
import { useUser } from '../session/useUser';
import { useShortcut } from '../shell/shortcuts';
import { Leaving } from './Leaving';
import { LanguageChoice, ThemeChoice } from './LookChoices';
import { UnsentDialog } from './UnsentDialog';
import { useSignOut } from './useSignOut';

const AccountDialog = lazy(() => import('./AccountDialog'));
const HomeScreenHelp = lazy(() => import('../installed/HomeScreenHelp'));
const ShortcutSheet = lazy(() => import('../shell/ShortcutSheet'));

export function AccountMenu() {
  const { t } = useTranslation();
  const user = useUser();
  const [isOpen, { open, close }] = useDisclosure(false);
  const [isSheetOpen, sheet] = useDisclosure(false);
  const [isHelping, helping] = useDisclosure(false);
  useShortcut('sheet', sheet.open);
  const leaving = useSignOut(signOut);
  if (!user) return null;
  return (
    <>
      <Menu position="top-start" width={264} shadow="md">
        <Menu.Target>
          <UnstyledButton className="accountButton">
            <VisuallyHidden>{t('account.menu')}</VisuallyHidden>
            <Avatar size={30} color="pine" radius="xl" name={user.email} aria-hidden />
            <Text size="sm" truncate flex={1}>
              {user.email}
            </Text>
            <IconSelector size={16} aria-hidden />
          </UnstyledButton>
        </Menu.Target>
        <Menu.Dropdown>
          <ThemeChoice />
          <LanguageChoice />
          <Menu.Divider />
          <Menu.Item leftSection={<IconUserCog size={16} />} onClick={open}>
            {t('account.open')}
          </Menu.Item>
          <Menu.Item leftSection={<IconKeyboard size={16} />} onClick={sheet.open} visibleFrom="sm">
            {t('shortcuts.title')}
          </Menu.Item>
          <InstallItem onExplain={helping.open} />
          <Menu.Item leftSection={<IconLogout size={16} />} onClick={() => void leaving.begin()}>
            {t('account.signOut')}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <Suspense>{isOpen && <AccountDialog onClose={close} />}</Suspense>
      <Suspense>{isSheetOpen && <ShortcutSheet onClose={sheet.close} />}</Suspense>
      <Suspense>{isHelping && <HomeScreenHelp onClose={helping.close} />}</Suspense>
      {leaving.isLeaving && <Leaving />}
      {leaving.isAsking && <UnsentDialog onStay={leaving.stay} onLeave={() => void leaving.leave()} />}
    </>
  );
}

/** It is over here in any case; where the server could not be told, the session runs out by itself. */
async function signOut(): Promise<void> {
  await auth.logout().catch(() => undefined);
}
