/** Passkeys as JSON: by the browser's own helpers where it has them and they work, by hand where not. */

/** Makes a passkey. The answer to send; throws what the browser throws. */
export async function makePasskey(options: PublicKeyCredentialCreationOptionsJSON): Promise<string> {
  const publicKey =
    'parseCreationOptionsFromJSON' in PublicKeyCredential
      ? PublicKeyCredential.parseCreationOptionsFromJSON(options)
      : ({
          ...options,
          // Ours ask for none that changes the answer.
          extensions: {},
          challenge: bytesOf(options.challenge),
          user: { ...options.user, id: bytesOf(options.user.id) },
          excludeCredentials: (options.excludeCredentials ?? []).map(withBytes),
        } as PublicKeyCredentialCreationOptions);
  return answerOf(await navigator.credentials.create({ publicKey }));
}

/** Has one used. */
export async function usePasskey(options: PublicKeyCredentialRequestOptionsJSON): Promise<string> {
  const publicKey =
    'parseRequestOptionsFromJSON' in PublicKeyCredential
      ? PublicKeyCredential.parseRequestOptionsFromJSON(options)
      : ({
          ...options,
          extensions: {},
          challenge: bytesOf(options.challenge),
          allowCredentials: (options.allowCredentials ?? []).map(withBytes),
        } as PublicKeyCredentialRequestOptions);
  return answerOf(await navigator.credentials.get({ publicKey }));
}

function answerOf(credential: Credential | null): string {
  if (!credential) throw new Error('the browser gave no passkey');
  const passkey = credential as PublicKeyCredential;
  try {
    return JSON.stringify(passkey.toJSON());
  } catch {
    // Absent in older browsers; some password managers answer with something that has it and cannot do it.
    return JSON.stringify(byHand(passkey));
  }
}

function byHand({ id, rawId, type, response }: PublicKeyCredential): Record<string, unknown> {
  const clientDataJSON = textOf(response.clientDataJSON);
  if ('attestationObject' in response) {
    const made = response as AuthenticatorAttestationResponse;
    const transports = 'getTransports' in made ? made.getTransports() : [];
    const attestationObject = textOf(made.attestationObject);
    return { id, rawId: textOf(rawId), type, response: { clientDataJSON, attestationObject, transports } };
  }
  const used = response as AuthenticatorAssertionResponse;
  return {
    id,
    rawId: textOf(rawId),
    type,
    response: {
      clientDataJSON,
      authenticatorData: textOf(used.authenticatorData),
      signature: textOf(used.signature),
      ...(used.userHandle ? { userHandle: textOf(used.userHandle) } : {}),
    },
  };
}

function withBytes<One extends { id: string }>(one: One): Omit<One, 'id'> & { id: Uint8Array<ArrayBuffer> } {
  return { ...one, id: bytesOf(one.id) };
}

function bytesOf(base64url: string): Uint8Array<ArrayBuffer> {
  const binary = atob(base64url.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(binary, (letter) => letter.charCodeAt(0));
}

function textOf(buffer: ArrayBuffer): string {
  const binary = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}
