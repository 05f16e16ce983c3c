/** `wasl profile check`, `wasl profile new` and `wasl profile schema`. */
import { readFileSync, writeFileSync } from 'node:fs';
import { profileFile } from '../paths.ts';
import { checkProfile, profileJsonSchema } from '../profiles/profile.ts';
import { profileTemplate } from '../profiles/template.ts';

/** Prints every problem with its line. Returns the exit code: 0 without problems, 1 with. */
export function profileCheck(file: string, asJson: boolean): number {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    process.stderr.write(`wasl: ${file}: there is no such file, or it cannot be read\n`);
    return 1;
  }
  const { problems } = checkProfile(text, file);
  if (asJson) process.stdout.write(`${JSON.stringify({ file, problems })}\n`);
  else {
    for (const { line, path, message } of problems)
      process.stdout.write(`${file}:${line}: ${path}: ${message}\n`);
    if (problems.length === 0) process.stdout.write(`${file}: no problems\n`);
  }
  return problems.length === 0 ? 0 : 1;
}

export function profileSchema(): void {
  process.stdout.write(`${JSON.stringify(profileJsonSchema(), null, 2)}\n`);
}

/** A tenant's name, which is also the name of its file. */
const NAME = /^[a-z0-9][a-z0-9-]{0,39}$/;

/** Writes a profile to start from, which passes the check, into `folder`. Never writes over a file. Returns the exit code. */
export function profileNew(name: string, folder: string): number {
  if (!NAME.test(name)) {
    process.stderr.write(
      `wasl: ${name}: a name has small letters, digits and hyphens, such as lebanon-daem\n`,
    );
    return 1;
  }
  const file = profileFile(name, folder);
  try {
    writeFileSync(file, profileTemplate(name), { flag: 'wx' });
  } catch (error) {
    const isThere = error instanceof Error && 'code' in error && error.code === 'EEXIST';
    process.stderr.write(`wasl: ${file}: ${isThere ? 'is there already' : 'cannot be written'}\n`);
    return 1;
  }
  process.stdout.write(`${file}: mend what is marked "confirm", then: npx wasl profile check ${file}\n`);
  return 0;
}
