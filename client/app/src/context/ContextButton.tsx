import { ActionIcon } from '@mantine/core';
import { IconAdjustmentsHorizontal } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';

interface ContextButtonProps {
  readonly isOpen: boolean;
  readonly onClick: () => void;
}

/** Opens the context panel, and closes it where it stands beside the thread. */
export function ContextButton({ isOpen, onClick }: ContextButtonProps) {
  const { t } = useTranslation();
  return (
    <ActionIcon
      variant="subtle"
      color="gray"
      size="lg"
      onClick={onClick}
      aria-label={t('context.open')}
      aria-expanded={isOpen}
    >
      <IconAdjustmentsHorizontal size={20} />
    </ActionIcon>
  );
}
