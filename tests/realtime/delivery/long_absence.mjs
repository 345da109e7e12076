// The unmodified socket.io-client loses its transport, and returns when it is told to (a line on standard
// input). Prints one line of JSON when it is away, and one for what came until a given revision was reached.
import { createRequire } from 'node:module';
import { once } from 'node:events';

const [clientFolder, url, namespace, token] = process.argv.slice(2);
const { io } = createRequire(`${clientFolder}/package.json`)('socket.io-client');
const next = (emitter, event) => new Promise((resolve) => emitter.once(event, (...values) => resolve(values)));

const socket = io(url + namespace, { auth: { token, since: '0' }, transports: ['websocket'] });
await next(socket, 'synced');
socket.io.reconnection(false);
const lost = next(socket, 'disconnect');
socket.io.engine.close();
await lost;
console.log(JSON.stringify('away'));

const until = Number(await once(process.stdin, 'data'));
let [count, last, disordered] = [0, 0, 0];
const done = new Promise((resolve) => {
  socket.on('message:created', ({ revision }) => {
    count += 1;
    disordered += revision <= last;
    last = revision;
    if (revision >= until) resolve();
  });
});
socket.connect();
await next(socket, 'connect');
const { recovered } = socket;
await done;
console.log(JSON.stringify({ recovered, count, disordered }));
socket.disconnect();
process.exit(0);
