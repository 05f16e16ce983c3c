/** `wasl profile check` and `wasl profile schema`. */
import { readFileSync } from 'node:fs';
import { checkProfile, profileJsonSchema } from '../profiles/profile.ts';

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
