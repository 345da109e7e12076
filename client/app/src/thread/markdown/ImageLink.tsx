import { IconPhoto } from '@tabler/icons-react';
import type { ComponentProps } from 'react';
import { useTranslation } from 'react-i18next';
import { urlOf } from './urlOf';

type ImageProps = ComponentProps<'img'> & { node?: unknown };

/** Loading an image would tell its server who reads what, so it is opened only by whoever wants to see it. */
export function ImageLink({ src, alt }: ImageProps) {
  const { t } = useTranslation();
  const host = src === undefined ? undefined : urlOf(src)?.host;
  if (src === undefined || !host) return <span>{alt}</span>;
  return (
    <a
      className="imageLink"
      href={src}
      target="_blank"
      rel="noopener noreferrer nofollow"
      referrerPolicy="no-referrer"
    >
      <IconPhoto size={16} aria-hidden />
      {alt ? t('message.imageOf', { alt, host }) : t('message.image', { host })}
    </a>
  );
}
