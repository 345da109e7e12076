import { useUnsent } from '@bitworks/react';
import { Button, Group, Modal, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';

/**
 * Asks whether to sign out while changes wait; it follows them, should they be sent meanwhile. Not loaded when it is
 * needed: that is mostly where there is no network.
 */
export function UnsentDialog({ onStay, onLeave }: { onStay: () => void; onLeave: () => void }) {
  const { t } = useTranslation();
  const count = useUnsent().length;
  return (
    <Modal
      opened
      onClose={onStay}
      title={t('unsent.title')}
      centered
      radius="lg"
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      <Text size="sm" role="status">
        {count === 0 ? t('unsent.none') : t('unsent.body', { count })}
      </Text>
      <Group justify="flex-end" mt="lg" gap="sm">
        <Button variant="default" onClick={onStay} data-autofocus>
          {t('unsent.stay')}
        </Button>
        <Button color={count === 0 ? 'pine' : 'red'} onClick={onLeave}>
          {count === 0 ? t('account.signOut') : t('unsent.leave', { count })}
        </Button>
      </Group>
    </Modal>
  );
}
