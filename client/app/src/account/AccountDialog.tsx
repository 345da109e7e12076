import { Modal, Stack, Tabs, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useUser } from '../session/useUser';
import { DeletionForm } from './DeletionForm';
import { PasswordForm } from './PasswordForm';
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
      <Tabs defaultValue="devices">
        <Tabs.List mb="lg">
          <Tabs.Tab value="devices">{t('account.devices')}</Tabs.Tab>
          <Tabs.Tab value="password">{t('account.passwordTab')}</Tabs.Tab>
          <Tabs.Tab value="account">{t('account.title')}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="devices">
          <SessionList />
        </Tabs.Panel>
        <Tabs.Panel value="password">
          <PasswordForm />
        </Tabs.Panel>
        <Tabs.Panel value="account">
          <Own />
        </Tabs.Panel>
      </Tabs>
    </Modal>
  );
}

function Own() {
  const { t } = useTranslation();
  const user = useUser();
  return (
    <Stack gap="lg">
      <div>
        <Text size="sm" c="dimmed">
          {t('signIn.email')}
        </Text>
        <Text className="breakable">{user?.email}</Text>
      </div>
      <DeletionForm />
    </Stack>
  );
}
