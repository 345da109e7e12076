// socket.io with its Redis adapter and pg: a room for each user, acknowledgement after the commit.

import { createServer } from 'node:http';

import { createAdapter } from '@socket.io/redis-adapter';
import jwt from 'jsonwebtoken';
import pg from 'pg';
import { createClient } from 'redis';
import { Server } from 'socket.io';

const POOL = 10; // connections, as for every contender

// Named statements are prepared once on each connection.
const OWNED = { name: 'owned', text: 'select 1 from conversations where user_id = $1 and id = $2' };
const NUMBER = {
  name: 'number',
  text: 'update heads set revision = revision + 1 where user_id = $1 returning revision',
};
const INSERT = {
  name: 'insert',
  text: `insert into messages
           (user_id, id, conversation_id, role, content, metadata, "timestamp", position, revision)
         values ($1, $2, $3, $4, $5, '{}', clock_timestamp(), $6, $6)
         returning id, conversation_id, role, content, status, metadata, "timestamp", position, revision`,
};
const TOUCH = {
  name: 'touch',
  text: 'update conversations set updated_at = greatest(updated_at, $3) where user_id = $1 and id = $2',
};

pg.types.setTypeParser(pg.types.builtins.INT8, Number);

async function createMessage(pool, userId, wanted) {
  const client = await pool.connect();
  try {
    await client.query('begin');
    const where = [userId, wanted.conversation_id];
    const owned = await client.query({ ...OWNED, values: where });
    if (owned.rowCount === 0) throw new Error('not_found');
    const number = (await client.query({ ...NUMBER, values: [userId] })).rows[0].revision;
    const values = [userId, wanted.id, wanted.conversation_id, wanted.role, wanted.content, number];
    const message = (await client.query({ ...INSERT, values })).rows[0];
    await client.query({ ...TOUCH, values: [...where, message.timestamp] });
    await client.query('commit');
    return message;
  } catch (error) {
    await client.query('rollback');
    throw error;
  } finally {
    client.release();
  }
}

function serve(io, pool) {
  io.use((socket, next) => {
    try {
      socket.data.userId = jwt.verify(socket.handshake.auth.token, process.env.SECRET_KEY).sub;
      next();
    } catch {
      next(new Error('unauthorized'));
    }
  });
  io.on('connection', (socket) => {
    const { userId } = socket.data;
    socket.join(userId);
    socket.on('message:create', async (wanted, acknowledge) => {
      try {
        const message = await createMessage(pool, userId, wanted);
        io.to(userId).emit('message:created', message);
        acknowledge({ ok: true, data: message, revision: message.revision });
      } catch (error) {
        acknowledge({ ok: false, error: { code: error.message } });
      }
    });
    socket.on('message:append', ({ id, text }) => {
      io.to(userId).emit('message:delta', { message_id: id, text });
    });
    socket.on('typing', ({ conversation_id }) => {
      socket.to(userId).emit('typing', { conversation_id });
    });
  });
}

const publisher = createClient({ url: process.env.REDIS_URL });
const subscriber = publisher.duplicate();
await Promise.all([publisher.connect(), subscriber.connect()]);
const [, host] = process.env.DATABASE_URL.split('?host=');
const database = new URL(process.env.DATABASE_URL.replace('postgres@/', 'postgres@localhost/')).pathname.slice(1);
const pool = new pg.Pool({ host: decodeURIComponent(host), user: 'postgres', database, max: POOL });
const http = createServer((request, response) => response.end('ready'));
const io = new Server(http, {
  adapter: createAdapter(publisher, subscriber),
  perMessageDeflate: false,
  serveClient: false,
});
serve(io, pool);
http.listen({ port: Number(process.env.PORT), host: '127.0.0.1', backlog: 4096 });
