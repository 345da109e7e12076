import type { ComponentProps } from 'react';
import { useTranslation } from 'react-i18next';

type TableProps = ComponentProps<'table'> & { node?: unknown };

/** A table that is wider than the screen moves by itself, not with the page; the keyboard reaches it too. */
export function ScrollingTable({ node, ...rest }: TableProps) {
  const { t } = useTranslation();
  return (
    <div className="tableFrame" tabIndex={0} role="region" aria-label={t('message.table')}>
      <table {...rest} />
    </div>
  );
}
