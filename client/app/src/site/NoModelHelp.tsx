import { Code, Modal, Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';

const COMMAND = `REPLY_BASE_URL=http://localhost:11434/v1 \\
REPLY_MODEL=llama3.2 bitworks serve`;

/** For who runs the server: how a model is connected to it. */
export default function NoModelHelp({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Modal
      opened
      onClose={onClose}
      title={t('noModel.title')}
      radius="lg"
      centered
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      <Stack gap="sm">
        <Text size="sm">{t('noModel.user')}</Text>
        <Text size="sm">{t('noModel.operator')}</Text>
        <Code block tabIndex={0}>
          {COMMAND}
        </Code>
        <Text size="sm">{t('noModel.others')}</Text>
      </Stack>
    </Modal>
  );
}
