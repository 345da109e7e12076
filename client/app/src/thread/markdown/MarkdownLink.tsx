import type { ComponentProps } from 'react';

type LinkProps = ComponentProps<'a'> & { node?: unknown };

/** Opens beside the conversation, and tells the other page nothing about it. */
export function MarkdownLink({ node, href, children, ...rest }: LinkProps) {
  if (href === undefined || href === '') return <span>{children}</span>;
  const isElsewhere = !href.startsWith('#');
  return (
    <a
      {...rest}
      href={href}
      {...(isElsewhere && {
        target: '_blank',
        rel: 'noopener noreferrer nofollow',
        referrerPolicy: 'no-referrer',
      })}
    >
      {children}
    </a>
  );
}
