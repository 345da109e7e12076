import { Alert, Button, Group, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { ContextValues } from './contextValues';
import { differing } from './conflictValues';

interface ContextConflictProps {
  readonly isRefused: boolean;
  readonly mine: ContextValues;
  readonly theirs: ContextValues;
  readonly onTheirs: () => void;
  readonly onMine: () => void;
}

/** Somebody was faster: what they have set beside what stands here, and the choice between them. */
export function ContextConflict({ isRefused, mine, theirs, onTheirs, onMine }: ContextConflictProps) {
  const { t } = useTranslation();
  const shown = (value: string | number) => (value === '' ? t('context.automatic') : value);
  return (
    <Alert color="yellow" variant="light" role="alert" data-testid="stale">
      <Text size="sm">{t(isRefused ? 'context.stale' : 'context.changed')}</Text>
      <dl className="conflict">
        {differing(mine, theirs).map((name) => (
          <div key={name}>
            <dt>{t(`context.${name}`)}</dt>
            <dd>{t('context.theirValue', { value: shown(theirs[name]) })}</dd>
            <dd>{t('context.myValue', { value: shown(mine[name]) })}</dd>
          </div>
        ))}
      </dl>
      <Group gap="xs" mt="sm">
        <Button size="xs" variant="default" onClick={onTheirs}>
          {t('context.theirs')}
        </Button>
        <Button size="xs" variant="light" onClick={onMine}>
          {t('context.mine')}
        </Button>
      </Group>
    </Alert>
  );
}
