import { useTranslation } from 'react-i18next';
import { ageOf } from '../i18n/calendar';
import { useTimes } from '../i18n/useTimes';

export function DayMark({ time }: { time: string }) {
  const { t } = useTranslation();
  const times = useTimes();
  const age = ageOf(time);
  return (
    <div className="dayMark" role="separator">
      {age === 'today' || age === 'yesterday' ? t(`conversations.${age}`) : times.day(time)}
    </div>
  );
}
