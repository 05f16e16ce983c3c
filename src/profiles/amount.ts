/**
 * The amount formula of a programme, such as `25 + 20*min(members,6)`, worked out exactly: money never passes
 * through a float.
 */

/** What a formula may ask of a household. */
export type AmountInput = {
  /** Household size, a whole number. */
  members: number;
};

/** An exact decimal: `units / 10^scale`. */
type Decimal = { units: bigint; scale: number };

const TOKEN = /\s*(?:(\d+(?:\.\d+)?)|([a-z]+)|([-+*(),]))/y;
const LONGEST_FORMULA = 200;

/**
 * The amount for one household as a decimal string with two places ("145.00"), halves rounded away from zero.
 * The language: whole and decimal numbers, `members`, `+ - *`, parentheses, `min(a, b, ...)` and `max(a, b, ...)`.
 * Throws `SyntaxError` on anything else, `RangeError` when `members` is not a whole number from 0 up.
 */
export function evaluateAmount(formula: string, input: AmountInput): string {
  if (!Number.isSafeInteger(input.members) || input.members < 0) {
    throw new RangeError('members must be a whole number from 0 up');
  }
  const tokens = tokenise(formula);
  let at = 0;

  function accept(...wanted: string[]): string | undefined {
    const token = tokens[at];
    if (token === undefined || !wanted.includes(token)) return undefined;
    at += 1;
    return token;
  }
  function need(token: string): void {
    if (accept(token) === undefined) throw unexpected(tokens[at], `expected "${token}"`);
  }
  function sum(): Decimal {
    let left = product();
    for (let sign = accept('+', '-'); sign !== undefined; sign = accept('+', '-')) {
      left = add(left, product(), sign === '-' ? -1n : 1n);
    }
    return left;
  }
  function product(): Decimal {
    let left = factor();
    while (accept('*') !== undefined) {
      const right = factor();
      left = { units: left.units * right.units, scale: left.scale + right.scale };
    }
    return left;
  }
  function factor(): Decimal {
    if (accept('(') !== undefined) {
      const inner = sum();
      need(')');
      return inner;
    }
    if (accept('members') !== undefined) return { units: BigInt(input.members), scale: 0 };
    const name = accept('min', 'max');
    if (name !== undefined) {
      need('(');
      let best = sum();
      while (accept(',') !== undefined) {
        const other = sum();
        const difference = add(other, best, -1n).units;
        if (name === 'min' ? difference < 0n : difference > 0n) best = other;
      }
      need(')');
      return best;
    }
    const token = tokens[at];
    if (token === undefined || !/^\d/.test(token))
      throw unexpected(token, 'expected a number, members, min or max');
    at += 1;
    const [whole = '', fraction = ''] = token.split('.');
    return { units: BigInt(whole + fraction), scale: fraction.length };
  }

  const total = sum();
  if (at < tokens.length) throw unexpected(tokens[at], 'expected + - or *');
  return toCents(total);
}

function tokenise(formula: string): string[] {
  const text = formula.trim();
  if (text.length > LONGEST_FORMULA) throw new SyntaxError(`longer than ${LONGEST_FORMULA} characters`);
  const tokens: string[] = [];
  for (TOKEN.lastIndex = 0; TOKEN.lastIndex < text.length;) {
    const from = TOKEN.lastIndex;
    const match = TOKEN.exec(text);
    if (match === null) throw new SyntaxError(`cannot read "${text.slice(from, from + 10)}"`);
    tokens.push(match[0].trim());
  }
  return tokens;
}

function unexpected(token: string | undefined, wanted: string): SyntaxError {
  return new SyntaxError(`${wanted}, found ${token === undefined ? 'the end' : `"${token}"`}`);
}

function add(left: Decimal, right: Decimal, sign: bigint): Decimal {
  const scale = Math.max(left.scale, right.scale);
  const grow = (value: Decimal): bigint => value.units * 10n ** BigInt(scale - value.scale);
  return { units: grow(left) + sign * grow(right), scale };
}

function toCents({ units, scale }: Decimal): string {
  const size = units < 0n ? -units : units;
  const unit = 10n ** BigInt(scale);
  const cents = (size * 200n + unit) / (unit * 2n);
  const sign = units < 0n && cents > 0n ? '-' : '';
  return `${sign}${cents / 100n}.${String(cents % 100n).padStart(2, '0')}`;
}

/** Whether two decimal strings are the same number: "145.0" and "145.00" are. */
export function sameAmount(one: string | undefined, other: string | undefined): boolean {
  return one !== undefined && other !== undefined && plainAmount(one) === plainAmount(other);
}

/** Nothing at all, however many zeros it is written with. */
export function isZero(amount: string): boolean {
  return plainAmount(amount) === '0';
}

/** Without zeros that say nothing. */
function plainAmount(amount: string): string {
  const [whole = '', fraction = ''] = amount.split('.');
  const end = fraction.replace(/0+$/, '');
  const start = whole.replace(/^0+(?=\d)/, '');
  return end === '' ? start : `${start}.${end}`;
}

/** The sum of decimal strings, with the cents of the finest of them: "530.00" three times is "1590.00". */
export function sumOf(amounts: readonly string[]): string {
  const scale = Math.max(0, ...amounts.map((amount) => amount.split('.')[1]?.length ?? 0));
  const units = amounts.reduce((sum, amount) => {
    const [whole = '', fraction = ''] = amount.split('.');
    return sum + BigInt(whole + fraction.padEnd(scale, '0'));
  }, 0n);
  const digits = String(units).padStart(scale + 1, '0');
  return scale === 0 ? digits : `${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

/** How many times a rate goes into an amount, where it does so without a rest: days of pay. */
export function wholeTimes(amount: string, rate: string): number | undefined {
  const [one, other] = [amount, rate].map((text) => {
    const [whole = '', fraction = ''] = text.split('.');
    return BigInt(whole + fraction.padEnd(3, '0').slice(0, 3));
  }) as [bigint, bigint];
  return other > 0n && one % other === 0n ? Number(one / other) : undefined;
}

/** The amount of the area whose code the digits begin with; of several the longest. Letters and signs of a code do not count. */
export function amountOfArea(amounts: Readonly<Record<string, string>>, digits: string): string | undefined {
  const alike = Object.entries(amounts)
    .map(([area, amount]) => ({ code: area.replace(/\D/g, ''), amount }))
    .filter(({ code }) => code !== '' && digits.startsWith(code))
    .sort((one, other) => other.code.length - one.code.length);
  return alike[0]?.amount;
}
