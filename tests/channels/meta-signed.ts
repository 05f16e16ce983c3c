/** Posts notifications the way Meta does: JSON, signed over its raw bytes with the app's secret. */
import { createHmac } from 'node:crypto';

export const appSecret = 'test_app_secret_0001';
export const accessToken = 'test_access_token_0001';
export const phoneNumberId = '200000000000002';
export const metaReceiver = { appSecret, verifyToken: 'vt_test', phoneNumberId };

export function signature(body: string, secret = appSecret): string {
  return `sha256=${createHmac('sha256', secret).update(body, 'utf8').digest('hex')}`;
}

export function signedHeaders(body: string, secret = appSecret): Record<string, string> {
  return { 'content-type': 'application/json', 'x-hub-signature-256': signature(body, secret) };
}

/** A notification with one change of the field `messages`; `value` beside what every one has. */
export function notification(value: object, metadata: object = {}): string {
  return JSON.stringify({
    object: 'whatsapp_business_account',
    entry: [
      {
        id: '100000000000001',
        changes: [
          {
            field: 'messages',
            value: {
              messaging_product: 'whatsapp',
              metadata: {
                display_phone_number: '254200000000',
                phone_number_id: phoneNumberId,
                ...metadata,
              },
              ...value,
            },
          },
        ],
      },
    ],
  });
}
