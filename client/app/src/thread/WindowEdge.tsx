import { Tooltip } from '@mantine/core';
import { IconEyeOff, IconPinFilled } from '@tabler/icons-react';
import type { Message } from '@bitworks/sdk';
import { useTranslation } from 'react-i18next';
import { pinnedOf } from '../context/pins';
import { useConversationWindow } from '../context/WindowProvider';

/** Between the last message that fell out and the first that is in: where what the model sees begins. */
export function WindowEdge({ before, now }: { before: number | undefined; now: number }) {
  const { t } = useTranslation();
  const { edge, summary } = useConversationWindow().marks;
  if (!edge || before === undefined || before > edge.position || now <= edge.position) return null;
  return (
    <div className="windowEdge" data-testid="window-edge">
      <div className="windowEdgeLine" role="separator">
        {t(`window.edge.${edge.reason}`)}
      </div>
      {summary !== undefined && (
        <details>
          <summary>{t('window.summary')}</summary>
          <p dir="auto">{summary}</p>
        </details>
      )}
    </div>
  );
}

/** Quiet signs beside a message: that it is pinned, or that the model no longer sees it, and why. */
export function WindowSigns({ record }: { record: Message }) {
  const { t } = useTranslation();
  const { marks, context } = useConversationWindow();
  if (pinnedOf(context).includes(record.id)) return <Sign label={t('window.pinned')} Icon={IconPinFilled} />;
  const mark = marks.markOf(record);
  if (mark === undefined || mark === 'in') return null;
  return <Sign label={t(`window.out.${mark}`)} Icon={IconEyeOff} />;
}

function Sign({ label, Icon }: { label: string; Icon: typeof IconEyeOff }) {
  return (
    <Tooltip label={label} openDelay={200}>
      <span role="img" aria-label={label} className="windowSign">
        <Icon size={14} aria-hidden />
      </span>
    </Tooltip>
  );
}
