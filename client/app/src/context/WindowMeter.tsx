import type { Window } from '@bitworks/sdk';
import { Alert, Anchor, Skeleton, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { droppedOf, partsOf, totalOf, type Part } from './windowParts';
import { useNumbers } from '../i18n/useNumbers';
import { useFailureText } from '../i18n/useFailureText';
import { useConversationWindow } from './WindowProvider';

/** How full the window is, and with what. */
export function WindowMeter() {
  const { t } = useTranslation();
  const { reading } = useConversationWindow();
  if (reading.failure) return <NoWindow />;
  if (!reading.window) return <Skeleton h={96} aria-label={t('common.loading')} role="status" />;
  return <Meter window={reading.window} />;
}

function Meter({ window }: { window: Window }) {
  const { t } = useTranslation();
  const parts = partsOf(window).filter(
    ({ name, tokens }) => tokens > 0 || name === 'free' || name === 'recent',
  );
  const dropped = droppedOf(window);
  return (
    <section aria-label={t('meter.title')} data-testid="meter" data-used={window.token_count}>
      <Text size="sm" mb={8}>
        {useMemoryWords(window)}
      </Text>
      <Bar parts={parts} total={totalOf(window)} />
      <details className="meterDetails">
        <summary>{t('meter.details')}</summary>
        <dl className="meterLegend">
          {parts.map((part) => (
            <Line key={part.name} name={part.name} label={t(`meter.${part.name}`)} {...counted(part)} />
          ))}
          {dropped.count > 0 && <Line name="dropped" label={t('meter.dropped')} {...dropped} />}
        </dl>
        <Sum window={window} />
      </details>
    </section>
  );
}

/** What became of what was said: all of it is known, the oldest as a summary, or not at all. */
function useMemoryWords({ dropped }: Window): string {
  const { t } = useTranslation();
  const counted = (isSummary: boolean) =>
    dropped
      .filter(({ reason }) => (reason === 'summarised') === isSummary)
      .reduce((sum, { count }) => sum + count, 0);
  const [summarised, lost] = [counted(true), counted(false)];
  const said = [
    summarised > 0 && t('meter.summarised', { count: summarised }),
    lost > 0 && t('meter.lost', { count: lost }),
  ].filter((words) => words !== false);
  return said.length === 0 ? t('meter.all') : said.join(' ');
}

/** How the numbers come together. */
function Sum({ window }: { window: Window }) {
  const { t } = useTranslation();
  const number = useNumbers();
  const { token_count, budget, reserved, exact } = window;
  const written = {
    used: number(token_count),
    budget: number(budget),
    reserved: number(reserved),
    total: number(totalOf(window)),
  };
  return (
    <Text size="xs" c="dimmed" mt="xs">
      {t('meter.sum', written)} {t('meter.token')} {!exact && t('meter.inexact')}
    </Text>
  );
}

function counted({ tokens, count }: Part): { tokens: number; count?: number } {
  return count === undefined ? { tokens } : { tokens, count };
}

/** The legend says the same in words, so those who listen need no picture. */
function Bar({ parts, total }: { parts: readonly Part[]; total: number }) {
  return (
    <div className="meterBar" aria-hidden>
      {parts.map(({ name, tokens }) => (
        <span key={name} data-part={name} style={{ width: `${(100 * tokens) / total}%` }} />
      ))}
    </div>
  );
}

interface LineProps {
  readonly name: string;
  readonly label: string;
  readonly tokens: number;
  readonly count?: number;
}

function Line({ name, label, tokens, count }: LineProps) {
  const { t } = useTranslation();
  const number = useNumbers();
  return (
    <div data-line={name}>
      <dt>
        <span className="meterKey" data-part={name} aria-hidden />
        {label}
        {count !== undefined && name !== 'summary' && (
          <span className="meterCount">{t('meter.messages', { count })}</span>
        )}
      </dt>
      <dd>{t('meter.tokens', { number: number(tokens) })}</dd>
    </div>
  );
}

function NoWindow() {
  const { t } = useTranslation();
  const number = useNumbers();
  const failureText = useFailureText();
  const { reading } = useConversationWindow();
  if (!reading.failure) return null;
  const room = roomOf(reading.failure.current);
  if (reading.failure.code !== 'window_too_small' || !room)
    return (
      <Alert color="gray" variant="light">
        {failureText(reading.failure)}{' '}
        <Anchor component="button" type="button" inherit onClick={reading.reload}>
          {t('common.retry')}
        </Anchor>
      </Alert>
    );
  return (
    <Alert color="yellow" variant="light" title={t('meter.tooSmall')} data-testid="too-small">
      {t('meter.tooSmallHint', { needed: number(room.needed), budget: number(Math.max(0, room.budget)) })}
    </Alert>
  );
}

function roomOf(current: unknown): { needed: number; budget: number } | undefined {
  if (typeof current !== 'object' || current === null) return undefined;
  if (!('needed' in current && 'budget' in current)) return undefined;
  const { needed, budget } = current;
  return typeof needed === 'number' && typeof budget === 'number' ? { needed, budget } : undefined;
}
