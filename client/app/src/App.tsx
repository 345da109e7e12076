import { BitworksProvider } from '@bitworks/react';
import { createClient } from '@bitworks/sdk';
import { useMemo, useState } from 'react';
import { auth, SERVER_URL } from './session/auth';
import { SignInPage } from './session/SignInPage';
import { useUser } from './session/useUser';
import { Workspace } from './shell/Workspace';

export function App() {
  const user = useUser();
  const [hadUser, setHadUser] = useState(false);
  if (user && !hadUser) setHadUser(true);
  return user ? <SignedIn key={user.id} userId={user.id} /> : <SignInPage hasEnded={hadUser} />;
}

function SignedIn({ userId }: { userId: string }) {
  const client = useMemo(() => createClient({ url: SERVER_URL, userId, getToken: auth.getToken }), [userId]);
  return (
    <BitworksProvider client={client}>
      <Workspace />
    </BitworksProvider>
  );
}
