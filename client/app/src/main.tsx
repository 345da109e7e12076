import '@mantine/core/styles.css';
import './app.css';
import './conversations/list.css';
import './account/menu.css';
import './shell/shell.css';
import './thread/pages.css';
import './context/dock.css';
import './thread/thread.css';
import './context/window.css';
import './thread/markdown/markdown.css';
import { MantineProvider } from '@mantine/core';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './App';
import { startTranslations } from './i18n/setup';
import './installed/installing';
import { startWorker } from './installed/worker';
import { ErrorBoundary } from './shell/ErrorBoundary';
import { leaveKeysToInputMethods } from './shell/inputMethods';
import { cssVariables, theme } from './theme';

const root = document.getElementById('root');
if (!root) throw new Error('The page has no #root.');

startWorker();
leaveKeysToInputMethods();
await startTranslations();
createRoot(root).render(
  <StrictMode>
    <MantineProvider theme={theme} cssVariablesResolver={cssVariables} defaultColorScheme="auto">
      <ErrorBoundary>
        <App />
      </ErrorBoundary>
    </MantineProvider>
  </StrictMode>,
);
