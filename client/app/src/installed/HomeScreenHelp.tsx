import { List, Modal } from '@mantine/core';
import { useTranslation } from 'react-i18next';

/** How an iPhone or iPad installs the app, which it lets no page ask for. */
export default function HomeScreenHelp({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Modal
      opened
      onClose={onClose}
      title={t('installed.install')}
      radius="lg"
      centered
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      <List type="ordered" spacing="sm">
        <List.Item>{t('installed.share')}</List.Item>
        <List.Item>{t('installed.add')}</List.Item>
      </List>
    </Modal>
  );
}
