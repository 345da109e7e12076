import { createAuth, createClient, createMemoryTokenStore, type Client } from '@bitworks/sdk';
import { useState } from 'react';
import { createRoot } from 'react-dom/client';
import { Chat } from './Chat';
import { SignIn } from './SignIn';

const url = window.location.origin;
const auth = createAuth({ url, tokens: createMemoryTokenStore() });

function App() {
  const [client, setClient] = useState<Client>();
  async function signIn(email: string, password: string): Promise<void> {
    const user = await auth.login(email, password);
    setClient(createClient({ url, userId: user.id, getToken: auth.getToken }));
  }
  return client ? <Chat client={client} /> : <SignIn onSubmit={signIn} />;
}

const root = document.getElementById('root');
if (root) createRoot(root).render(<App />);
