import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const folder = new URL('../../src/simulator/page/', import.meta.url);
const read = (name: string): string => readFileSync(new URL(name, folder), 'utf8');
const texts = JSON.parse(read('texts.json')) as Record<string, Record<string, string>>;
const english = texts['en'] ?? {};

const placeholders = (text: string): string[] => [...text.matchAll(/\{\w+\}/g)].map(String).sort();

describe('texts of the page', () => {
  it.each(['ar', 'fr'])('are complete in %s, with the same placeholders', (lang) => {
    const translated = texts[lang] ?? {};
    expect(Object.keys(translated).sort()).toEqual(Object.keys(english).sort());
    for (const [key, text] of Object.entries(translated)) {
      expect(text.trim(), key).not.toBe('');
      expect(placeholders(text), key).toEqual(placeholders(english[key] ?? ''));
    }
  });

  it('are those that the page asks for, and no others', () => {
    const html = [...read('page.html').matchAll(/data-(?:text|label|hint)="(\w+)"/g)].map(
      (match) => match[1],
    );
    const scripts = readdirSync(folder).filter((name) => name.endsWith('.ts'));
    const code = scripts.map(read).join('\n');
    for (const key of html) expect(english, key).toHaveProperty(key ?? '');
    const unused = Object.keys(english).filter((key) => !html.includes(key) && !code.includes(`'${key}'`));
    expect(unused).toEqual([]);
  });
});
