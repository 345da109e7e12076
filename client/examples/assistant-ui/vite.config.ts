import react from '@vitejs/plugin-react';
import { defaultClientConditions, defineConfig } from 'vite';

const SERVER = process.env['BITWORKS_URL'] ?? 'http://localhost:8000';

export default defineConfig({
  plugins: [react()],
  resolve: { conditions: ['@bitworks/source', ...defaultClientConditions] },
  server: {
    proxy: { '/auth': SERVER, '/models': SERVER, '/socket.io': { target: SERVER, ws: true } },
  },
});
