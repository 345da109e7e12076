import { useConnection } from '@bitworks/react';
import { AppShell } from '@mantine/core';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { Redirect, Route, Switch } from 'wouter';
import { Sidebar } from '../conversations/Sidebar';
import { NewVersion } from '../installed/NewVersion';
import { tokens } from '../session/auth';
import { NoModel } from '../site/NoModel';
import { useSite } from '../site/useSite';
import { ConversationPage } from '../thread/ConversationPage';
import { WelcomePage } from '../thread/WelcomePage';
import { DrawerContext } from './drawer';
import { NotHere } from './NotHere';
import { TopBar } from './TopBar';
import { UndoAnnouncer, UndoBar } from './UndoBar';
import { useDrawerState } from './useDrawerState';
import { useFocusKeeper } from './useFocusKeeper';
import { useWays } from './useWays';

/** Everything a signed-in person sees: the list beside, or on a phone above, one conversation. */
export function Workspace() {
  const { t } = useTranslation();
  const drawer = useDrawerState();
  const { isOpen, isHidden, close } = drawer;
  useEndOfSignIn();
  useFreshSite();
  useWays();
  useFocusKeeper();
  return (
    <DrawerContext value={drawer}>
      <AppShell
        layout="alt"
        padding={0}
        navbar={{ width: 288, breakpoint: 'sm', collapsed: { mobile: !isOpen, desktop: isHidden } }}
        className="shell"
      >
        <AppShell.Navbar
          className="sidebar"
          tabIndex={-1}
          data-open={isOpen || undefined}
          data-hidden={isHidden || undefined}
          aria-label={t('conversations.label')}
        >
          <Sidebar />
        </AppShell.Navbar>
        <AppShell.Main className="main" tabIndex={-1}>
          <NewVersion />
          <NoModel />
          <Switch>
            <Route path="/">
              <WelcomePage />
            </Route>
            <Route path="/c/:id">{({ id }) => <ConversationPage key={id} id={id} />}</Route>
            <Route path="/login">
              <Redirect to="/" replace />
            </Route>
            <Route path="/register">
              <Redirect to="/" replace />
            </Route>
            <Route>
              <TopBar />
              <NotHere />
              <UndoBar />
            </Route>
          </Switch>
        </AppShell.Main>
        <UndoAnnouncer />
        {isOpen && <div className="backdrop" onClick={close} aria-hidden />}
      </AppShell>
    </DrawerContext>
  );
}

/** A server that comes back may be set up differently. */
function useFreshSite(): void {
  const { status } = useConnection();
  const { refresh } = useSite();
  useEffect(() => (status === 'live' ? refresh() : undefined), [status, refresh]);
}

/** When the server does not know this sign-in any more, it is forgotten here too. */
function useEndOfSignIn(): void {
  const { status } = useConnection();
  useEffect(() => {
    if (status === 'signed-out') tokens.write(undefined);
  }, [status]);
}
