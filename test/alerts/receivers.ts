import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import { SMTPServer } from 'smtp-server';

interface SlackMessage {
  text: string;
  attachments: { color: string; fallback: string; blocks: { text?: { text: string } }[] }[];
}

/** A server that takes what is posted, and answers with the next status (200 when there is none). */
export async function webhookReceiver(t: Pick<TestContext, 'after'>) {
  const messages: SlackMessage[] = [];
  const statuses: number[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      const status = statuses.shift() ?? 200;
      if (status === 200) messages.push(JSON.parse(body));
      response.writeHead(status).end(status === 200 ? 'ok' : 'invalid_payload');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/services/T000/B000/s3cret`, messages, statuses };
}

/** A mail server that wants a password and keeps what it is sent. */
export async function mailReceiver(t: TestContext) {
  const mails: { to: string[]; text: string }[] = [];
  const server = new SMTPServer({
    disabledCommands: ['STARTTLS'],
    allowInsecureAuth: true,
    onAuth(auth, _session, callback) {
      const ok = auth.username === 'tone arm' && auth.password === 'p@ss';
      callback(ok ? null : new Error('wrong password'), ok ? { user: 'tonearm' } : undefined);
    },
    onData(stream, session, callback) {
      let text = '';
      stream.setEncoding('utf8');
      stream.on('data', (chunk: string) => {
        text += chunk;
      });
      stream.on('end', () => {
        mails.push({ to: session.envelope.rcptTo.map(({ address }) => address), text });
        callback();
      });
    },
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  t.after(() => new Promise<void>((resolve) => server.close(() => resolve())));
  const { port } = server.server.address() as AddressInfo;
  return { url: `smtp://tone%20arm:p%40ss@127.0.0.1:${port}`, mails };
}
