import { ActionIcon } from '@mantine/core';
import { useClipboard } from '@mantine/hooks';
import { IconCheck, IconCopy } from '@tabler/icons-react';
import type { ComponentProps } from 'react';
import { useTranslation } from 'react-i18next';
import { codeOf } from './codeOf';
import { Highlighted } from './Highlighted';

type BlockProps = ComponentProps<'pre'> & { node?: Parameters<typeof codeOf>[0] };

export function CodeBlock({ node }: BlockProps) {
  const { t } = useTranslation();
  const clipboard = useClipboard({ timeout: 1500 });
  const { code, language } = codeOf(node);
  const label = clipboard.copied ? t('message.copied') : t('message.copyCode');
  return (
    <figure className="codeBlock" dir="ltr">
      <figcaption className="codeHead">
        <span>{language}</span>
        <ActionIcon variant="subtle" color="gray" aria-label={label} onClick={() => clipboard.copy(code)}>
          {clipboard.copied ? <IconCheck size={16} /> : <IconCopy size={16} />}
        </ActionIcon>
      </figcaption>
      <pre tabIndex={0}>
        <code>
          <Highlighted code={code} language={language} />
        </code>
      </pre>
    </figure>
  );
}
