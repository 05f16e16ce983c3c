/** Comma-separated values as RFC 4180 writes them, which no spreadsheet takes for a formula. */

export type CsvValue = string | number | boolean | Date | null;

/** What Excel, LibreOffice and Sheets begin a formula with; tab and line breaks lead to one. */
const FORMULA = /^[=+\-@\t\r\n＝＋－＠]/;

/** Lines end with CRLF; null is empty. Numbers stay numbers: only text can be a formula. */
export function csvLine(values: readonly CsvValue[]): string {
  return `${values.map(field).join(',')}\r\n`;
}

function field(value: CsvValue): string {
  if (value === null) return '';
  if (value instanceof Date) return value.toISOString();
  if (typeof value !== 'string') return String(value);
  const safe = FORMULA.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
