import type { Model } from '@bitworks/sdk';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { limitOf, memoryOf } from './modelLimits';

/** How a model is called in a list: by its name, and by how much it can remember, where that is known. */
export function useModelName(): (model: Model) => string {
  const { t, i18n } = useTranslation();
  const short = useMemo(
    () => new Intl.NumberFormat(i18n.language, { notation: 'compact', maximumFractionDigits: 0 }),
    [i18n.language],
  );
  return (model) => {
    const name = model.id === 'demo' ? t('models.demo') : model.id;
    const limit = limitOf(model);
    if (limit === undefined) return name;
    return `${name} · ${t(`models.memory.${memoryOf(limit)}`, { tokens: short.format(limit) })}`;
  };
}
