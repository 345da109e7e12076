import { failureOf, type Failure, type Session } from '@bitworks/sdk';
import { Alert, Badge, Button, Group, Skeleton, Stack, Text } from '@mantine/core';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useFailureText } from '../i18n/useFailureText';
import { useTimes } from '../i18n/useTimes';
import { auth } from '../session/auth';
import { deviceName } from './deviceName';
import { Leaving } from './Leaving';
import { UnsentDialog } from './UnsentDialog';
import { useSignOut } from './useSignOut';

export function SessionList() {
  const { t } = useTranslation();
  const failureText = useFailureText();
  const [sessions, setSessions] = useState<Session[]>();
  const [failure, setFailure] = useState<Failure>();
  const leaving = useSignOut(() => auth.logoutAll());

  useEffect(() => {
    auth.sessions().then(setSessions, (error: unknown) => setFailure(failureOf(error)));
  }, []);

  function attempt(step: () => Promise<void>): void {
    step().catch((error: unknown) => setFailure(failureOf(error)));
  }

  async function end(id: string): Promise<void> {
    await auth.endSession(id);
    setSessions((before) => before?.filter((one) => one.id !== id));
  }

  return (
    <Stack gap="md">
      <Text size="sm" c="dimmed">
        {t('account.sessions')}
      </Text>
      {failure && (
        <Alert color="red" variant="light" role="alert">
          {failureText(failure)}
        </Alert>
      )}
      {!sessions && !failure && <Skeleton h={44} />}
      {sessions?.map((session) => (
        <SessionRow key={session.id} session={session} onEnd={() => attempt(() => end(session.id))} />
      ))}
      <Button variant="default" w="fit-content" onClick={() => attempt(leaving.begin)}>
        {t('account.signOutAll')}
      </Button>
      {leaving.isLeaving && <Leaving />}
      {leaving.isAsking && <UnsentDialog onStay={leaving.stay} onLeave={() => attempt(leaving.leave)} />}
    </Stack>
  );
}

function SessionRow({ session, onEnd }: { session: Session; onEnd: () => void }) {
  const { t } = useTranslation();
  const times = useTimes();
  const device = deviceName(session.user_agent) ?? t('account.unknownAgent');
  return (
    <Group justify="space-between" wrap="nowrap" align="flex-start">
      <div className="shrinkable">
        <Group gap="xs">
          <Text size="sm" fw={500} className="breakable" title={session.user_agent}>
            {device}
          </Text>
          {session.current && <Badge variant="light">{t('account.current')}</Badge>}
        </Group>
        <Text size="xs" c="dimmed">
          {t('account.lastUsed', { time: times.full(session.last_used_at) })}
        </Text>
        <Text size="xs" c="dimmed" className="breakable">
          {session.address}
        </Text>
      </div>
      {!session.current && (
        <Button
          size="xs"
          variant="subtle"
          color="gray"
          onClick={onEnd}
          className="unshrinkable"
          aria-label={t('account.endOf', { device })}
        >
          {t('account.end')}
        </Button>
      )}
    </Group>
  );
}
