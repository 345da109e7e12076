import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Reader, readAtOnce, type Reading } from './reading';

/**
 * How a text is to be shown now. One that grows is laid out by the worker, as is what is too long to be laid out at once,
 * and stays as it was until that is done.
 */
export function useReading(text: string): Reading {
  const { t } = useTranslation();
  const footnoteLabel = t('message.footnotes');
  const [reading, setReading] = useState(() => readAtOnce(text, footnoteLabel));
  const [reader] = useState(() => new Reader(setReading));
  const isGrowing = text.length > reading.text.length && text.startsWith(reading.text);
  if (text !== reading.text && !isGrowing) setReading(readAtOnce(text, footnoteLabel));
  const isDone = text === reading.text && reading.parts !== undefined;

  useEffect(() => {
    if (!isDone) reader.want(text, footnoteLabel);
  }, [reader, text, footnoteLabel, isDone]);

  useEffect(
    () => () => {
      reader.leave();
    },
    [reader],
  );

  return reading;
}
