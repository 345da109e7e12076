import { ThreadListItemPrimitive, ThreadListPrimitive } from '@assistant-ui/react';

export function ThreadList() {
  return (
    <nav aria-label="Conversations">
      <ThreadListPrimitive.Root>
        <ThreadListPrimitive.New>New conversation</ThreadListPrimitive.New>
        <ThreadListPrimitive.Items>{() => <Item />}</ThreadListPrimitive.Items>
      </ThreadListPrimitive.Root>
    </nav>
  );
}

function Item() {
  return (
    <ThreadListItemPrimitive.Root>
      <ThreadListItemPrimitive.Trigger>
        <ThreadListItemPrimitive.Title fallback="New conversation" />
      </ThreadListItemPrimitive.Trigger>
      <ThreadListItemPrimitive.Delete aria-label="Delete">×</ThreadListItemPrimitive.Delete>
    </ThreadListItemPrimitive.Root>
  );
}
