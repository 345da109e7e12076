import type { Message } from '@bitworks/sdk';
import {
  IconAlertCircle,
  IconFilterOff,
  IconMessageOff,
  IconPlayerStop,
  IconScissors,
  IconUnlink,
} from '@tabler/icons-react';
import { endingOf, type Ending } from './answerEnding';
import { AskAgainButton } from './AskAgain';
import { useEndingWords } from './useReasons';

const ICONS = {
  ...{ failed: IconAlertCircle, interrupted: IconUnlink, stopped: IconPlayerStop },
  ...{ cut: IconScissors, filtered: IconFilterOff, empty: IconMessageOff },
} as const satisfies Record<Ending['kind'], unknown>;

/** Where an answer ends that is not all there: what happened, why, and the way to another one. */
export function AnswerEnd({ record }: { record: Message }) {
  const ending = endingOf(record);
  return ending ? <End ending={ending} record={record} /> : null;
}

function End({ ending, record }: { ending: Ending; record: Message }) {
  const { title, reason, detail } = useEndingWords()(ending);
  const Icon = ICONS[ending.kind];
  return (
    <div className="answerEnd" data-kind={ending.kind} data-testid="answer-end">
      <Icon size={18} aria-hidden className="unshrinkable" />
      <div className="answerEndWords">
        <strong>{title}</strong> {reason}
        {detail !== undefined && (
          <q className="answerEndDetail" dir="auto">
            {detail}
          </q>
        )}
      </div>
      <AskAgainButton record={record} />
    </div>
  );
}
