/** Styles and markup hold what right-to-left pages and a strict policy need. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from '../../src/paths.ts';

const folder = path.join(root, 'src/console');
const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) =>
  /\.(css|tsx?)$/.test(file),
);
const linesOf = (file: string) =>
  readFileSync(path.join(folder, file), 'utf8')
    .split('\n')
    .map((line, index) => ({ line, at: `${file}:${index + 1}` }));

describe('styles', () => {
  it('name no side: left is right in Arabic', () => {
    const physical =
      /(?<![\w-])(?:(?:margin|padding|border|inset|scroll-margin|scroll-padding)-(?:left|right|top|bottom)|left|right|top|bottom|width|height|(?:min|max)-(?:width|height)|float)\s*:|text-align:\s*(?:left|right)/;
    const wrong = sources
      .filter((file) => file.endsWith('.css'))
      .flatMap(linesOf)
      .filter(({ line }) => !line.startsWith('@media') && physical.test(line));
    expect(wrong).toEqual([]);
  });

  it('and scripts never stand in a page', () => {
    const inline = /\bstyle=|\bon[A-Z]\w+=\{|dangerouslySetInnerHTML/;
    const wrong = sources
      .filter((file) => file.endsWith('.tsx'))
      .flatMap(linesOf)
      .filter(({ line }) => inline.test(line));
    expect(wrong).toEqual([]);
  });
});
