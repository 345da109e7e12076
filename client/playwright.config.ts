import { defineConfig } from '@playwright/test';
import chromium from '@sparticuz/chromium';

// A real Chromium out of an npm package: nothing is downloaded, and it runs as root in a container too.
export default defineConfig({
  testDir: 'e2e',
  outputDir: 'test-results',
  reporter: 'line',
  forbidOnly: process.env['CI'] !== undefined,
  // Generous: only the outcome is tested, on machines that may be slow.
  timeout: 240_000,
  expect: { timeout: 20_000 },
  workers: 2,
  fullyParallel: true,
  use: {
    baseURL: process.env['BITWORKS_URL'] ?? 'http://localhost:8000',
    locale: 'en-US',
    // Each test has a browser of its own, which would keep the app for nobody; installed.spec.ts tests the worker.
    serviceWorkers: 'block',
    // Its film took a third of the processor's time; each step's page is kept without it.
    trace: { mode: 'retain-on-failure', screenshots: false },
    launchOptions: {
      executablePath: await chromium.executablePath(),
      args: [
        '--no-sandbox',
        '--headless',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    },
  },
});
