/** WhatsApp's business-scoped user ids: how a person is addressed who shows no phone number. */

/** For example `KE.1234567890123456`: a country, and what identifies her to one business only. */
export function isUserId(address: string): boolean {
  return /^[A-Z]{2}\.[A-Za-z0-9]{1,128}$/.test(address);
}
