// The unmodified socket.io-client, polling first, then the upgrade, or by other transports.
// Prints one line of JSON for what it saw at each step.
import { createRequire } from 'node:module';

const [clientFolder, url, namespace, token, conversationId, transports = 'polling,websocket'] = process.argv.slice(2);
const { io } = createRequire(`${clientFolder}/package.json`)('socket.io-client');

const say = (step, value) => console.log(JSON.stringify({ step, value }));
const next = (emitter, event) => new Promise((resolve) => emitter.once(event, (...values) => resolve(values)));

const socket = io(url + namespace, { auth: { token, since: '0' }, transports: transports.split(',') });
const seen = [];
socket.onAny((event, ...values) => seen.push([event, ...values]));

await next(socket, 'synced');
say('first', { recovered: socket.recovered, events: seen.splice(0) });
if (transports.endsWith('websocket') && socket.io.engine.transport.name !== 'websocket') await next(socket.io.engine, 'upgrade');
say('transport', socket.io.engine.transport.name);

const message = { conversation_id: conversationId, role: 'user', content: 'hola', id: crypto.randomUUID() };
const own = next(socket, 'message:created');
say('acknowledged', await socket.emitWithAck('message:create', message));
say('pushed', await own);
say('refused', await socket.emitWithAck('message:create', { ...message, content: '' }));

for (let round = 0; round < 3; round++) {
  seen.splice(0);
  // The transport is lost, and comes back only when something has been missed.
  socket.io.reconnection(false);
  const lost = next(socket, 'disconnect');
  socket.io.engine.close();
  await lost;
  await fetch(`${url}/messages`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ conversation_id: conversationId, role: 'user', content: `missed ${round}` }),
  });
  const back = next(socket, 'synced');
  socket.connect();
  await back;
  say('recovered', { recovered: socket.recovered, events: seen.splice(0) });
}

socket.disconnect();
const refused = io(`${url}/users/00000000-0000-4000-8000-000000000000`, { auth: { token } });
const [error] = await next(refused, 'connect_error');
say('another user', { message: error.message, data: error.data });
refused.disconnect();
