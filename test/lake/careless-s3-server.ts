import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';

const storingMs = 10;

/**
 * An S3 server as some are: it stores and gives back objects, and takes a condition without keeping it.
 * @param care `none`: conditions are ignored; `no-lock`: looked at before the body came, so that
 * writers at the same moment all win.
 * @returns its endpoint.
 */
export async function startCarelessS3Server(
  t: TestContext,
  care: 'none' | 'no-lock',
): Promise<string> {
  const objects = new Map<string, Buffer>();
  const server = createServer(async (request, response) => {
    const path = request.url!.split('?')[0]!;
    const taken = objects.has(path);
    const body = Buffer.concat(await request.toArray());
    const answer = (status: number, content: string | Buffer = '') => {
      response.writeHead(status, { 'content-type': 'application/xml' });
      response.end(content);
    };
    const refuse = (status: number, code: string) =>
      answer(status, `<?xml version="1.0"?><Error><Code>${code}</Code></Error>`);
    if (request.method === 'PUT') {
      if (care === 'no-lock' && taken && request.headers['if-none-match'] === '*') {
        refuse(412, 'PreconditionFailed');
        return;
      }
      await delay(storingMs);
      objects.set(path, body);
      answer(200);
    } else if (request.method === 'DELETE') {
      objects.delete(path);
      answer(204);
    } else if (objects.has(path)) answer(200, objects.get(path));
    else refuse(404, 'NoSuchKey');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
