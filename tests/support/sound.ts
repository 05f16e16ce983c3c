/** Whether a page is sound: no violation that axe finds, and nothing wider than the window. */
import { mkdirSync } from 'node:fs';
import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';

/** Where pictures of the pages go, for whoever wants to look at them. */
const pictures = process.env['CONSOLE_PICTURES'];

/** What axe finds, one line each. `rules`: only these. */
export async function violationsOf(page: Page, rules?: string[]): Promise<string[]> {
  // In the page itself: a second page for each look takes longer than the look.
  const axe = new AxeBuilder({ page }).setLegacyMode(true).options({ resultTypes: ['violations'] });
  const { violations } = await (rules ? axe.withRules(rules) : axe).analyze();
  return violations.map(({ id, nodes }) => `${id} ${nodes[0]?.html.slice(0, 300) ?? ''}`);
}

/** How many pixels of the page stand beside the window: 0 when all is well. */
export async function tooWide(page: Page): Promise<number> {
  return page.evaluate<number>('document.documentElement.scrollWidth - document.documentElement.clientWidth');
}

/** `name`: of the page as it stands, for the message and the picture. */
export async function expectSound(page: Page, name: string): Promise<void> {
  if (pictures !== undefined) {
    mkdirSync(pictures, { recursive: true });
    await page.screenshot({ path: `${pictures}/${name}.png`, fullPage: true });
  }
  expect({ name, violations: await violationsOf(page), tooWide: await tooWide(page) }).toEqual({
    name,
    violations: [],
    tooWide: 0,
  });
}
