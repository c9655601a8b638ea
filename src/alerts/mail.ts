import { createTransport } from 'nodemailer';
import { type Message, plainText } from './message.ts';

export interface MailLocation {
  /** `smtp://[user:password@]host[:port]`, or `smtps://` for TLS from the first byte. */
  readonly url: string;
  readonly from: string;
  readonly to: readonly string[];
}

const connectionMs = 10_000;

/** Sends a message as plain text. Passwords go over TLS alone, except to this machine. */
export async function sendMail(location: MailLocation, message: Message): Promise<void> {
  const { protocol, hostname, port, username, password } = new URL(location.url);
  const isLocal = ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
  const transport = createTransport({
    host: hostname.replaceAll(/[[\]]/g, ''),
    port: port === '' ? (protocol === 'smtps:' ? 465 : 587) : Number(port),
    secure: protocol === 'smtps:',
    requireTLS: protocol === 'smtp:' && username !== '' && !isLocal,
    ...(username === ''
      ? {}
      : { auth: { user: decodeURIComponent(username), pass: decodeURIComponent(password) } }),
    connectionTimeout: connectionMs,
    greetingTimeout: connectionMs,
    socketTimeout: connectionMs * 3,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  try {
    await transport.sendMail({
      from: location.from,
      to: [...location.to],
      subject: message.subject,
      text: plainText(message),
    });
  } catch (error) {
    const { code, responseCode } = error as { code?: string; responseCode?: number };
    throw new Error(`the mail server did not take it (${responseCode ?? code ?? 'unknown'})`);
  } finally {
    transport.close();
  }
}
