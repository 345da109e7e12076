import { BitworksProvider } from '@bitworks/react';
import { createClient, type Client } from '@bitworks/sdk';
import { useEffect, useMemo, useState } from 'react';
import { Route, Switch } from 'wouter';
import { useBarColor } from './installed/useBarColor';
import { ModelsProvider } from './models/ModelsProvider';
import { auth, SERVER_URL, tokens } from './session/auth';
import { SignInPage } from './session/SignInPage';
import { useUser } from './session/useUser';
import { noteVisit } from './session/visits';
import { NotHere } from './shell/NotHere';
import { Workspace } from './shell/Workspace';
import { SiteProvider } from './site/SiteProvider';
import { forgetDrafts } from './thread/drafts';

export function App() {
  useBarColor();
  const user = useUser();
  const [hadUser, setHadUser] = useState(false);
  if (user && !hadUser) setHadUser(true);
  return (
    <SiteProvider>
      {user ? <SignedIn key={user.id} userId={user.id} /> : <SignedOut hasEnded={hadUser} />}
    </SiteProvider>
  );
}

/** Somebody who came by an address of nothing is told so, and need not sign in for that. */
function SignedOut({ hasEnded }: { hasEnded: boolean }) {
  return (
    <Switch>
      {['/', '/c/:id', '/login', '/register'].map((path) => (
        <Route key={path} path={path}>
          <SignInPage hasEnded={hasEnded} />
        </Route>
      ))}
      <Route>
        <main className="wholePage">
          <NotHere />
        </main>
      </Route>
    </Switch>
  );
}

function SignedIn({ userId }: { userId: string }) {
  const client = useMemo(() => createClient({ url: SERVER_URL, userId, getToken: auth.getToken }), [userId]);
  useEffect(noteVisit, []);
  // In every tab of the browser: what is left behind by someone who signs out is nobody's to read.
  useEffect(() => () => (tokens.read() ? undefined : forget(client)), [client]);
  return (
    <BitworksProvider client={client}>
      <ModelsProvider>
        <Workspace />
      </ModelsProvider>
    </BitworksProvider>
  );
}

function forget(client: Client): void {
  forgetDrafts();
  void client.forget();
}
