/** Passwords: stored with their cost, never twice the same, and compared for nobody too. */
import { describe, expect, it } from 'vitest';
import { hashPassword, isPassword, passwordProblem, temporaryPassword } from '../../src/staff/passwords.ts';

describe('a stored password', () => {
  it('tells its parameters and opens with the password only', async () => {
    const stored = await hashPassword('correct horse battery');
    expect(stored).toMatch(/^\$scrypt\$ln=15,r=8,p=1\$[\w+/]{22}\$[\w+/]{43}$/);
    expect(stored).not.toContain('horse');
    expect(await isPassword('correct horse battery', stored)).toBe(true);
    expect(await isPassword('correct horse batterY', stored)).toBe(false);
    expect(await isPassword('', stored)).toBe(false);
  });

  it('has a salt of its own', async () => {
    expect(await hashPassword('the same word twice')).not.toBe(await hashPassword('the same word twice'));
  });

  it('is read with the parameters that it was made with', async () => {
    // Made by Python: hashlib.scrypt(b'a word from before', salt=bytes(range(16)), n=1024, r=8, p=1, dklen=32).
    const older = '$scrypt$ln=10,r=8,p=1$AAECAwQFBgcICQoLDA0ODw$8SnrzhQJBrk30o04iEHRidQE5lTx1aDGUIoXIfiCKRM';
    expect(await isPassword('a word from before', older)).toBe(true);
    expect(await isPassword('a word from behind', older)).toBe(false);
  });

  it('is the same from a keyboard that composes letters and one that does not', async () => {
    const stored = await hashPassword('\u00e9t\u00e9 \u00e0 Beyrouth');
    expect(await isPassword('e\u0301te\u0301 a\u0300 Beyrouth', stored)).toBe(true);
  });

  it('of nobody is no password at all', async () => {
    expect(await isPassword('', null)).toBe(false);
    expect(await isPassword('whatever it is', null)).toBe(false);
  });

  it('that is damaged is an error, not a refusal', async () => {
    await expect(isPassword('whatever it is', '$scrypt$ln=15')).rejects.toThrow('stored password');
  });
});

describe('a new password', () => {
  it.each([
    ['elevenchars', 'short'],
    ['Samir@Example.org ', 'address'],
    ['x'.repeat(201), 'long'],
    ['twelve chars', undefined],
    ['كلمة سر طويلة', undefined],
  ])('%s: %s', (password, problem) => {
    expect(passwordProblem(password, 'samir@example.org')).toBe(problem);
  });

  it('given out for a while is long and has no letters that look alike', () => {
    const given = Array.from({ length: 200 }, temporaryPassword);
    expect(new Set(given).size).toBe(200);
    for (const password of given) expect(password).toMatch(/^([a-hjkmnp-z2-9]{4}-){3}[a-hjkmnp-z2-9]{4}$/);
  });
});
